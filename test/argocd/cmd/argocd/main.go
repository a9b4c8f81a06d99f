// SPDX-License-Identifier: Apache-2.0

// Command argocd is the processes of Argo CD that render and sync. As in Argo CD's image, the name of the binary decides:
// argocd-cmp-server, argocd-repo-server or argocd-application-controller.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	appcontroller "github.com/argoproj/argo-cd/v2/cmd/argocd-application-controller/commands"
	cmpserver "github.com/argoproj/argo-cd/v2/cmd/argocd-cmp-server/commands"
	reposerver "github.com/argoproj/argo-cd/v2/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	commands := map[string]func() *cobra.Command{
		"argocd-cmp-server":             cmpserver.NewCommand,
		"argocd-repo-server":            reposerver.NewCommand,
		"argocd-application-controller": appcontroller.NewCommand,
	}
	command := commands[filepath.Base(os.Args[0])]
	if command == nil {
		fmt.Fprintln(os.Stderr, "link or copy this binary to argocd-cmp-server, argocd-repo-server or argocd-application-controller")
		os.Exit(2)
	}
	if err := command().Execute(); err != nil {
		os.Exit(1)
	}
}
