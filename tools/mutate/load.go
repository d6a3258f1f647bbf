package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed switch.go.txt
var switchText string

// loaded is a package with its types.
type loaded struct {
	root, directory string
	fset            *token.FileSet
	types           *types.Package
	info            types.Info
	files           map[string]*ast.File // by path
}

// load reads and checks a package without its tests.
func load(root, directory string) (*loaded, error) {
	exports, err := exportsOf(root, directory)
	if err != nil {
		return nil, err
	}
	p := &loaded{root: root, directory: filepath.Join(root, directory), fset: token.NewFileSet(), info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}}, files: map[string]*ast.File{}}
	entries, err := os.ReadDir(p.directory)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, entry := range entries {
		if !isCode(entry.Name()) {
			continue
		}
		path := filepath.Join(p.directory, entry.Name())
		file, err := parser.ParseFile(p.fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.files[path] = file
		files = append(files, file)
	}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	checker := types.Config{Importer: importer.ForCompiler(p.fset, "gc", lookup)}
	p.types, err = checker.Check(directory, p.fset, files, &p.info)
	return p, err
}

// exportsOf gives the compiled packages that a package imports, by their paths.
func exportsOf(root, directory string) (map[string]string, error) {
	list := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "./"+filepath.ToSlash(directory))
	list.Dir, list.Stderr = root, os.Stderr
	text, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 {
			exports[fields[0]] = fields[1]
		}
	}
	return exports, nil
}

// write writes the package with its changes into a directory, beside what lets the go command take it in place of the code.
func (p *loaded) write(scratch string, only []string) ([]change, error) {
	var changes []change
	replace := map[string]string{}
	put := func(path, text string) error {
		replace[path] = filepath.Join(scratch, filepath.Base(path))
		return os.WriteFile(replace[path], []byte(text), 0o600)
	}
	paths := make([]string, 0, len(p.files))
	for path := range p.files {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		if len(only) > 0 && !slices.Contains(only, filepath.Base(path)) {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		before := len(changes)
		w := rewriter{pkg: p, src: src, name: filepath.Base(path), changes: &changes}
		text := w.file(p.files[path])
		if len(changes) == before {
			continue
		}
		if err := put(path, text); err != nil {
			return nil, err
		}
	}
	if err := put(filepath.Join(p.directory, "mutate_switch.go"), "package "+p.types.Name()+"\n\n"+switchText); err != nil {
		return nil, err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	return changes, os.WriteFile(filepath.Join(scratch, overlayName), overlay, 0o600)
}

const overlayName = "overlay.json"
