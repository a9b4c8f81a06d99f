# SPDX-License-Identifier: Apache-2.0
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd ./cmd
COPY render ./render
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -tags urfave_cli_no_docs \
    -ldflags "-s -w -X main.version=${VERSION}" -o /korender ./cmd/korender

# Nothing but the binary: korender opens no connections and starts no programs.
FROM scratch
COPY --from=build /korender /korender
USER 65532:65532
WORKDIR /workspace
ENTRYPOINT ["/korender"]
