// SPDX-License-Identifier: Apache-2.0

package argocd

import (
	"bytes"
	_ "embed" // for the files that are installed
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"
)

// PluginConfig is the plugin.yaml of the sidecar, as it is in the image.
//
//go:embed plugin.yaml
var PluginConfig string

// HealthScript is the Lua script by which Argo CD tells the health of a WorkflowInstance.
//
//go:embed health.lua
var HealthScript string

//go:embed install.kustomize.yaml
var kustomizeTemplate string

//go:embed install.helm.yaml
var helmTemplate string

// The keys of argocd-cm that are installed.
const (
	HealthKey     = "resource.customizations.health.korender.dev_WorkflowInstance"
	DifferenceKey = "resource.customizations.ignoreDifferences.all"
)

// Differences is the value of DifferenceKey: what the live reconciler writes into an object that git applies is no
// difference.
const Differences = "managedFieldsManagers:\n  - korender-live\n"

// Formats of Install.
const (
	FormatKustomize = "kustomize" // a Component to put over an installation of Argo CD
	FormatHelm      = "helm"      // values of the chart argo-cd
	FormatJSON      = "json"      // the component, for programs; kustomize reads it too
)

// Install writes what adds the sidecar with the image to argocd-repo-server, and what Argo CD has to know of
// WorkflowInstances, in one of the formats.
func Install(image, format string, w io.Writer) error {
	text := kustomizeTemplate
	if format == FormatHelm {
		text = helmTemplate
	}
	t, err := template.New(format).Funcs(template.FuncMap{"indent": indent}).Parse(text)
	if err != nil {
		return fmt.Errorf("read the template of %s: %w", format, err)
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]string{
		"Image": image, "Health": HealthScript, "HealthKey": HealthKey, "Differences": Differences, "DifferenceKey": DifferenceKey,
	})
	if err != nil {
		return fmt.Errorf("fill the template of %s: %w", format, err)
	}
	text = out.String()
	if format == FormatJSON {
		if text, err = inJSON(text); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, text)
	return err
}

// inJSON writes a YAML document as JSON.
func inJSON(text string) (string, error) {
	var value map[string]any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return "", fmt.Errorf("read the component: %w", err)
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return "", fmt.Errorf("write the component: %w", err)
	}
	return out.String(), nil
}

// indent puts spaces before every line that is not empty.
func indent(n int, text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := range lines {
		if lines[i] != "" {
			lines[i] = strings.Repeat(" ", n) + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}
