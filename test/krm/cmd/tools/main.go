// SPDX-License-Identifier: Apache-2.0

// Command tools builds kustomize, helm and kpt, or finds them built, and prints the folder that holds them. Arguments name
// some of them: kustomize, helm3, helm4, kpt. It must be run in the folder of its module.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/korender/korender/test/krm"
)

func main() {
	dir, err := krm.Build(context.Background(), os.Stderr, os.Args[1:]...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(dir)
}
