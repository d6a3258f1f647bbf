// Command mutate changes one operator of a package at a time and runs the package's own tests on each change. All changes
// of a package are built into one test binary, beside the code as it is, and switched on one at a time, each for the tests
// that reach it. It prints every change that no test noticed and a line per package, and fails when a package is below the
// minimum. The tree is not touched. docs/mutation.md says how to read it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func main() {
	root := flag.String("root", ".", "the module's directory, which the others are given from")
	minimum := flag.Int("minimum", 85, "the per cent of changes that must be noticed in each package")
	workers := flag.Int("workers", runtime.NumCPU(), "how many changes are tried at a time")
	files := flag.String("files", "", "the names of the only files to be changed, with blanks between them; all without")
	flag.Parse()
	low, err := mutate(*root, flag.Args(), strings.Fields(*files), *minimum, *workers)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if low || err != nil {
		os.Exit(1)
	}
}

// mutate tries the packages in some directories and below them, and tells whether one is below the minimum.
func mutate(root string, directories, files []string, minimum, workers int) (low bool, err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return false, err
	}
	packages, err := packagesIn(root, directories)
	if err != nil {
		return false, err
	}
	summary := fmt.Sprintf("%-32s %7s %9s %9s %9s\n", "package", "killed", "survived", "timeouts", "killed")
	for _, directory := range packages {
		count, err := tryPackage(root, directory, files, workers)
		if err != nil {
			return low, fmt.Errorf("%s: %w", directory, err)
		}
		all := count[killed] + count[survived] + count[stuck]
		if all == 0 {
			continue
		}
		summary += fmt.Sprintf("%-32s %7d %9d %9d %7.1f %%\n", directory, count[killed], count[survived], count[stuck], float64(100*count[killed])/float64(all))
		low = low || 100*count[killed] < minimum*all
	}
	fmt.Print(summary)
	if low {
		fmt.Printf("below %d %%\n", minimum)
	}
	return low, nil
}

// packagesIn finds the directories with code in some directories and below them.
func packagesIn(root string, directories []string) (found []string, err error) {
	if len(directories) == 0 {
		return nil, errors.New("no directory is given")
	}
	for _, directory := range directories {
		err := filepath.WalkDir(filepath.Join(root, directory), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return fs.SkipDir
			case isCode(entry.Name()):
				name, err := filepath.Rel(root, filepath.Dir(path))
				found = append(found, filepath.ToSlash(name))
				return err
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

func isCode(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}

// tryPackage tries all changes of one package.
func tryPackage(root, directory string, files []string, workers int) (map[outcome]int, error) {
	scratch, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(scratch)
	p, err := load(root, directory)
	if err != nil {
		return nil, err
	}
	changes, err := p.write(scratch, files)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	t := trial{directory: filepath.Join(root, directory), scratch: scratch}
	if err := t.build(); err != nil {
		return nil, err
	}
	count := map[outcome]int{}
	if !t.hasTests() {
		count[survived] = len(changes)
		fmt.Printf("%s: %d changes and no test\n", directory, len(changes))
		return count, nil
	}
	if err := t.reach(); err != nil {
		return nil, err
	}
	t.all(changes, workers, func(c change, o outcome) {
		count[o]++
		if o != killed {
			fmt.Printf("%s/%s\t%s\t%s\n", directory, c.place, o, c.text)
		}
	})
	return count, nil
}
