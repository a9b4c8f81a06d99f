// SPDX-License-Identifier: Apache-2.0

package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// InstanceKind is the kind of the objects that hand the remainder of a render to the live reconciler. Its group and
// version are those of APIVersion.
const InstanceKind = "WorkflowInstance"

// maxSource bounds the program text of a WorkflowInstance, in bytes.
const maxSource = 512 << 10

// handover gathers what a WorkflowInstance tells about the objects of its instance.
type handover struct {
	applied []any // ID and hash of what git applies
}

// targetHash is the hash of a target, by which git and live agree on what was rendered.
func targetHash(target map[string]any) (string, error) {
	text, err := manifest.Canonical(target)
	if err != nil {
		return "", err
	}
	return digest(text), nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// rendered is an object with the hash of its target; more adds it to those of other instances.
func rendered(o manifest.Object, hash string, more bool) manifest.Object {
	metadata, _ := o.Value["metadata"].(map[string]any)
	own, _ := metadata["annotations"].(map[string]any)
	annotations := make(map[string]any, len(own)+1)
	maps.Copy(annotations, own)
	if before, ok := own[renderedHash].(string); ok && more {
		hash = before + "," + hash
	}
	annotations[renderedHash] = hash
	return annotated(o, annotations)
}

// applied is what a WorkflowInstance tells about an object that git applies.
type applied struct {
	hash          string
	consumed      bool // a rendered trigger, of which only what it renders is applied
	deletedByLive bool // its step may defer, so the tool that applies it never deletes it
}

// add notes an object that git applies.
func (h *handover) add(id manifest.ID, a applied) {
	entry := idMap(id)
	entry["hash"] = a.hash
	if a.consumed {
		entry["consumed"] = true
	}
	if a.deletedByLive {
		entry["delete"] = "live"
	}
	h.applied = append(h.applied, entry)
}

func idMap(id manifest.ID) map[string]any {
	out := map[string]any{"apiVersion": id.APIVersion, "kind": id.Kind, "name": id.Name}
	if id.Namespace != "" {
		out["namespace"] = id.Namespace
	}
	return out
}

// emitInstance adds the WorkflowInstance of an instance to the output.
func (r *rendering) emitInstance(t *instance, plan *Plan, h *handover) error {
	namespace := either(plan.Trigger.Namespace, r.config.Namespace)
	if namespace == "" {
		p := t.root.problem(nil, diag.NoNamespace, "the %s of %s needs a namespace: its trigger has none, and the render has no default one", InstanceKind, t)
		p.Hint = "give a default: --namespace NAME"
		r.failed = append(r.failed, p)
		return nil
	}
	text, err := r.programText(t.workflow)
	if err != nil {
		return err
	}
	if len(text) > maxSource {
		p := t.workflow.Node.Problem(diag.ProgramTooLarge, "the definitions that Workflow %s uses are %d bytes of text, more than the %d that a %s holds",
			t.workflow.Name, len(text), maxSource, InstanceKind)
		p.Hint = "split the Workflow, or name its templates literally: one named by an expression brings in all of them"
		r.failed = append(r.failed, p)
		return nil
	}
	id := manifest.ID{APIVersion: APIVersion, Kind: InstanceKind, Namespace: namespace, Name: instanceName(plan)}
	spec := r.instanceSpec(t, plan, h)
	spec["program"] = map[string]any{"digest": digest(text), "source": string(text)}
	spec["identity"] = map[string]any{"namespace": namespace, "name": id.Name}
	metadata := map[string]any{"name": id.Name, "namespace": namespace}
	if annotations := r.instanceAnnotations(t, text); len(annotations) > 0 {
		metadata["annotations"] = annotations
	}
	value := map[string]any{"apiVersion": APIVersion, "kind": InstanceKind, "metadata": metadata, "spec": spec}
	at := t.workflow.Node.Pos()
	r.add(manifest.Object{ID: id, Value: value, From: manifest.Origin{File: at.File, Line: at.Line, Step: t.String()}}, t)
	return nil
}

// instanceSpec is all of the spec that does not depend on where the WorkflowInstance stands.
func (r *rendering) instanceSpec(t *instance, plan *Plan, h *handover) map[string]any {
	fate := "emitted"
	if t.consumed {
		fate = "consumed"
	}
	spec := map[string]any{
		"workflow": t.workflow.Name,
		"trigger":  map[string]any{"fate": fate, "object": placed(t.object.Value, plan.Trigger.Namespace)},
	}
	if len(h.applied) > 0 {
		spec["applied"] = h.applied
	}
	if list := r.deferredSteps(plan); len(list) > 0 {
		spec["deferred"] = list
	}
	own := &r.config.Instance
	for name, text := range map[string]string{"serviceAccountName": own.ServiceAccountName, "interval": own.Interval, "export": own.Export} {
		if text != "" {
			spec[name] = text
		}
	}
	for name, set := range map[string]bool{"suspend": own.Suspend, "ownerReferences": own.OwnerReferences} {
		if set {
			spec[name] = true
		}
	}
	return spec
}

// placed is a trigger as git has it: without status, and with the namespace that the render gives it.
func placed(value map[string]any, namespace string) map[string]any {
	out := maps.Clone(value)
	delete(out, "status")
	metadata, _ := value["metadata"].(map[string]any)
	if namespace != "" && metadata["namespace"] != namespace {
		metadata = maps.Clone(metadata)
		metadata["namespace"] = namespace
		out["metadata"] = metadata
	}
	return out
}

// deferredSteps tells people what is left to live, and on what it waits.
func (r *rendering) deferredSteps(plan *Plan) []any {
	deferred := func(s *eval.StepResult) bool { return s.Outcome.Type == eval.Deferred && !appliedByGit(s) }
	var out []any
	for i := range plan.Steps {
		s := &plan.Steps[i]
		if !deferred(s) || innerFails(plan.Steps, i, deferred) {
			continue
		}
		entry := map[string]any{"step": s.Path, "reason": s.Reason}
		if s.Object != nil {
			entry["object"] = s.Object.String()
		}
		if len(s.GatedBy) > 0 {
			entry["gatedBy"] = anyTexts(s.GatedBy)
		}
		waits := make([]string, 0, len(s.Waits))
		for _, w := range s.Waits {
			waits = append(waits, w.String())
		}
		if len(waits) > 0 {
			entry["waitsFor"] = anyTexts(waits)
		}
		out = append(out, entry)
	}
	return out
}

func anyTexts(texts []string) []any {
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out
}

// instanceAnnotations says how the GitOps tool has to treat a WorkflowInstance. Flux must not change the text of the
// program, whose digest is part of it.
func (r *rendering) instanceAnnotations(t *instance, text []byte) map[string]any {
	switch r.config.Target {
	case TargetArgoCD:
		return map[string]any{argoSyncOptions: "ServerSideApply=true"}
	case TargetFlux:
		if !bytes.Contains(text, []byte("${")) {
			return nil
		}
		if r.late.hide(t.object.Value, t.object.ID, inputStep) != nil {
			p := t.root.problem(nil, diag.LateText, "%s holds ${…}, and so does the program of Workflow %s: Flux can substitute in both or in none",
				t.object.ID, t.workflow.Name)
			p.Hint = "give the values of the trigger by `substitute` in " + ConfigName
			r.failed = append(r.failed, p)
		}
		return map[string]any{fluxSubstitute: "disabled"}
	default:
		return nil
	}
}

// programText is the canonical text of the definitions that a Workflow can use: a YAML stream without comments, of what
// means something to evaluation.
func (r *rendering) programText(w *program.Workflow) ([]byte, error) {
	if text := r.closures[w]; text != nil {
		return text, nil
	}
	list := r.program.Closure(w)
	objects := make([]manifest.Object, 0, len(list))
	for _, d := range list {
		whole, _ := d.Node.Native().(map[string]any)
		metadata := map[string]any{"name": d.Name}
		if own := ownAnnotations(whole); len(own) > 0 {
			metadata["annotations"] = own
		}
		objects = append(objects, manifest.Object{
			ID:    manifest.ID{APIVersion: definitionVersion, Kind: d.Kind, Name: d.Name},
			Value: map[string]any{"apiVersion": definitionVersion, "kind": d.Kind, "metadata": metadata, "spec": whole["spec"]},
		})
	}
	var out bytes.Buffer
	if err := manifest.WriteYAML(&out, objects); err != nil {
		return nil, fmt.Errorf("write the program of Workflow %s: %w", w.Name, err)
	}
	if r.closures == nil {
		r.closures = map[*program.Workflow][]byte{}
	}
	r.closures[w] = out.Bytes()
	return out.Bytes(), nil
}

// definitionVersion is the version that definitions are written in.
const definitionVersion = languageGroup + "v1beta1"

// ownAnnotations are the annotations of a definition that mean something to us.
func ownAnnotations(whole map[string]any) map[string]any {
	metadata, _ := whole["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	out := map[string]any{}
	for name, v := range annotations {
		if strings.HasPrefix(name, "korender.dev/") {
			out[name] = v
		}
	}
	return out
}

// maxName is how long the name of an object may be.
const maxName = 253

// instanceName is <workflow>-<trigger name>-<8 hex of the trigger's ID>. The version of the trigger plays no part.
func instanceName(plan *Plan) string {
	k := plan.Trigger.Key()
	sum := sha256.Sum256([]byte(strings.Join([]string{k.Group, k.Kind, k.Namespace, k.Name}, "/")))
	tail := "-" + hex.EncodeToString(sum[:4])
	name := strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '-':
			return c
		default:
			return '-'
		}
	}, plan.Workflow+"-"+k.Name)
	name = strings.Trim(name[:min(len(name), maxName-len(tail))], ".-")
	return name + tail
}
