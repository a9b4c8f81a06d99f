// SPDX-License-Identifier: Apache-2.0

package preview

// sharedFiles are a folder in which instances read one object, patch another, render triggers, and use functions together.
var sharedFiles = func() map[string]string {
	out := map[string]string{}
	for name, text := range map[string]string{
		"korender.yaml": "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: {Site.example.com: consume, Page.example.com: emit, Tune.example.com: consume}\nonDeferred: instance\nnamespace: web\nlibraries: [../lib]\nroot: ..\n",
		"objects.yaml":  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: web}\ndata:\n  tier: gold\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: web}\nspec:\n  replicas: 1\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: password, namespace: web}\nstringData:\n  key: a-long-secret\n",
		"tune.yaml":     "apiVersion: example.com/v1\nkind: Tune\nmetadata: {name: tune}\nspec:\n  replicas: 3\n",
		"tune2.yaml":    "apiVersion: example.com/v1\nkind: Tune\nmetadata: {name: tune2}\nspec:\n  replicas: 3\n",
	} {
		out["shared/"+name] = text
	}
	for _, site := range []string{"a", "b", "c", "d"} {
		out["shared/"+site+".yaml"] = "apiVersion: example.com/v1\nkind: Site\nmetadata:\n  name: " + site + "\nspec:\n  text: " + site + "1\n  pages: [one, two]\n"
	}
	for name, text := range sharedPrograms {
		out["lib/"+name+".yaml"] = text
	}
	return out
}()

var sharedPrograms = map[string]string{
	"site": `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: site}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Site}
  steps:
    - label: settings
      ref: {kind: ResourceFunction, name: settings}
    - label: text
      ref: {kind: ValueFunction, name: text}
      inputs: {text: =parent.spec.text, tier: =steps.settings.tier}
      state: {text: =value.text}
    - label: config
      ref: {kind: ResourceFunction, name: config}
      inputs: {name: =parent.metadata.name, text: =steps.text.text}
    - label: network
      ref: {kind: ResourceFunction, name: network}
      inputs: {name: =parent.metadata.name}
    - label: reader
      ref: {kind: ResourceFunction, name: config}
      inputs: {name: =parent.metadata.name + "-ip", text: =steps.network.ip}
    - label: pages
      ref: {kind: ResourceFunction, name: page}
      forEach: {itemIn: =parent.spec.pages, inputKey: page}
      inputs: {site: =parent.metadata.name}
`,
	"page": `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: page}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Page}
  steps:
    - label: config
      ref: {kind: ResourceFunction, name: config}
      inputs: {name: =parent.metadata.name, text: =parent.spec.text}
`,
	"tune": `apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: tune}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: Tune}
  steps:
    - label: patch
      ref: {kind: ResourceFunction, name: patch}
      inputs: {replicas: =parent.spec.replicas}
`,
	"functions": `apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: settings}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: settings, namespace: web, readonly: true}
  resource: {}
  return: {tier: =resource.data.tier}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: text}
spec:
  locals:
    long: =inputs.text + "-" + inputs.tier
  return: {text: =locals.long}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: web}
  resourceTemplateRef: {name: config}
  overlays:
    - overlay: {data: {text: =inputs.text}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: network}
spec:
  apiConfig: {apiVersion: net.example.com/v1, kind: Network, name: =inputs.name, namespace: web}
  resource: {spec: {auto: true}}
  return: {ip: =resource.status.ip}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: page}
spec:
  apiConfig: {apiVersion: example.com/v1, kind: Page, name: =inputs.site + "-" + inputs.page, namespace: web}
  resource: {spec: {text: =inputs.page}}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: patch}
spec:
  apiConfig: {apiVersion: apps/v1, kind: Deployment, name: web, namespace: web}
  create: {enabled: false}
  resource: {spec: {replicas: =inputs.replicas}}
`,
	"template": `apiVersion: koreo.dev/v1beta1
kind: ResourceTemplate
metadata: {name: config}
spec:
  template:
    apiVersion: v1
    kind: ConfigMap
    metadata:
      labels:
        from: template
`,
	"test": `apiVersion: koreo.dev/v1beta1
kind: FunctionTest
metadata: {name: text}
spec:
  functionRef: {kind: ValueFunction, name: text}
  inputs: {text: a, tier: b}
  testCases:
    - label: joins
      expectReturn: {text: a-b}
`,
}
