// SPDX-License-Identifier: Apache-2.0

// Package apply carries the actions of a plan out in the cluster, and keeps the inventory: what live answers for, and
// what becomes of it when it is no longer wanted. What was done comes back as data.
package apply
