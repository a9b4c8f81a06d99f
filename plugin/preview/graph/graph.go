// SPDX-License-Identifier: Apache-2.0

// Package graph draws Workflows and the runs of triggers. A program comes in, and for a run what became of every step; a
// drawing goes out, as data, for Mermaid and Graphviz, as SVG, and as a page. The same input gives the same bytes, and no text
// of the input can become a part of the drawing's own language.
package graph

// Graph is a drawing of Workflows, or of one instance.
type Graph struct {
	Charts []Chart `json:"charts"`
}

// Chart is one Workflow, or one instance of it.
type Chart struct {
	Title string `json:"title"`
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Node is a trigger or a step. Lines say what it is, the first by name; Outcome is that of an instance, and empty
// otherwise. Details tell more, for whoever looks closer.
type Node struct {
	Name    string   `json:"name"` // unique in its chart: the path of a step, or "parent"
	Lines   []string `json:"lines"`
	Shape   Shape    `json:"shape"`
	Outcome string   `json:"outcome"`
	Details []Detail `json:"details"`
	Marked  bool     `json:"-"` // it is drawn so that it stands out: a preview marks what changed
}

// Detail is one thing about a node; several of one name follow each other.
type Detail struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Shape says what a node stands for.
type Shape string

// The shapes of nodes.
const (
	TriggerNode  Shape = "trigger"
	ValueNode    Shape = "value"    // a step that computes
	ResourceNode Shape = "resource" // a step that makes an object
	WorkflowNode Shape = "workflow" // a step that runs another Workflow
)

// Edge says that what it leads to uses where it begins; a Part belongs to it. Label is the condition that it decides, if
// any: skipIf, switchOn or forEach; or, of an instance, what is waited for.
type Edge struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Part  bool   `json:"part"`
	Label string `json:"label"`
}

// Parent is the name of the trigger's node.
const Parent = "parent"
