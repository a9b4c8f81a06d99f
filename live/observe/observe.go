// SPDX-License-Identifier: Apache-2.0

// Package observe brings wanted objects from the cluster into an evaluation. It watches exactly the kinds in use, tells
// which instances a change concerns, and gives an object to an evaluation only if the account of the instance may get it.
package observe
