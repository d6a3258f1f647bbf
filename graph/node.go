package graph

// Node is any row that the schema's Node interface stands for.
type Node any
