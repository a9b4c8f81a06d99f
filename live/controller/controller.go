// SPDX-License-Identifier: Apache-2.0

// Package controller runs WorkflowInstances: observe, evaluate, apply, report.
package controller
