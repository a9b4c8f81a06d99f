// SPDX-License-Identifier: Apache-2.0

// Package graph draws Workflows and the runs of triggers. A program comes in, and for a run what became of every step; a
// drawing goes out, as data, for Mermaid and Graphviz. The same input gives the same bytes, and no text of the input can
// become a part of the drawing's own language.
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
// otherwise.
type Node struct {
	Name    string   `json:"name"` // unique in its chart: the path of a step, or "parent"
	Lines   []string `json:"lines"`
	Shape   Shape    `json:"shape"`
	Outcome string   `json:"outcome"`
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

// Edge says that what it leads to uses where it begins; a Part belongs to it.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	Part bool   `json:"part"`
}

// parent is the node of the trigger.
const parent = "parent"
