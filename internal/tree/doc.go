// Package tree owns sponsor edges: who recruited whom, and since when.
//
// It does not own enrollments (program does) nor who may see what of the tree.
//
// Invariants: an enrollment has at most one sponsor at any instant; no cycle; an upline is never longer than the
// program's depth; edges are closed, never changed or deleted, so that any instant can be read again. It alone
// writes sponsor_edges and tree_versions.
package tree
