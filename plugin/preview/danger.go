// SPDX-License-Identifier: Apache-2.0

package preview

// Level says how bad an alarm is.
type Level string

// The levels.
const (
	Danger  Level = "danger"  // something may be lost, stop, or be refused by the cluster
	Caution Level = "caution" // worth a second look
)

// Alarm is one thing about a change that a reviewer should know.
type Alarm struct {
	Level Level  `json:"level"`
	Rule  string `json:"rule"`
	Path  string `json:"path"` // the field; "" for the whole object
	Why   string `json:"why"`
	Do    string `json:"do"`
}

func dangersOf(*Change) []Alarm { return nil }
