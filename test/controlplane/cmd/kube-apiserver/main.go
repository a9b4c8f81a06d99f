// SPDX-License-Identifier: Apache-2.0

// Command kube-apiserver is Kubernetes' own command, built from its module.
package main

import (
	"os"
	_ "time/tzdata" // throw-away machines may have no time zones, and CronJobs name them

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() { os.Exit(cli.Run(app.NewAPIServerCommand())) }
