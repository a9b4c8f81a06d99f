# SPDX-License-Identifier: Apache-2.0
#
#   docker build -t korender .
#   docker build -t korender-live --target korender-live .
#   docker build -t korender-fn --target krm-fn .
#   docker build -t korender-argocd --target argocd-plugin .
#
# korender stays the last stage, which is built when no target is named.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd ./cmd
COPY krm-fn ./krm-fn
COPY plugin ./plugin
COPY render ./render
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -tags urfave_cli_no_docs \
    -ldflags "-s -w -X main.version=${VERSION}" -o /korender ./cmd/korender

FROM build AS build-live
COPY live ./live
RUN CGO_ENABLED=0 go build -trimpath -tags urfave_cli_no_docs \
    -ldflags "-s -w -X main.version=${VERSION}" -o /korender-live ./cmd/korender-live

# Nothing but the binary, and the authorities that --events-addr may need. It writes no file,
# but for --controllers=flux, whose artifacts lie in a volume.
FROM scratch AS korender-live
COPY --from=build-live /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build-live /korender-live /korender-live
USER 65532:65532
ENTRYPOINT ["/korender-live"]

# The sidecar of argocd-repo-server. Argo CD's own server, which starts the plugin, comes with the pod. Libraries of an
# operator are added on top: FROM korender-argocd, COPY my-library /libraries/my-library.
FROM scratch AS argocd-plugin
COPY --from=build /korender /korender
COPY plugin/argocd/plugin.yaml /home/argocd/cmp-server/config/plugin.yaml
WORKDIR /libraries
WORKDIR /
USER 999:999
ENTRYPOINT ["/var/run/argocd/argocd-cmp-server"]

# The KRM function: the command by the name that makes it one. It reads what is mounted at /workspace. kustomize and kpt run
# it as nobody, by that name, so there is a list of users to find it in.
FROM build AS nobody
RUN echo 'nobody:x:65534:65534:nobody:/:/sbin/nologin' >/passwd

FROM scratch AS krm-fn
COPY --from=nobody /passwd /etc/passwd
COPY --from=build /korender /korender-fn
USER nobody
WORKDIR /workspace
ENTRYPOINT ["/korender-fn"]

# Nothing but the binary: korender opens no connections and starts no programs.
FROM scratch AS korender
COPY --from=build /korender /korender
USER 65532:65532
WORKDIR /workspace
ENTRYPOINT ["/korender"]
