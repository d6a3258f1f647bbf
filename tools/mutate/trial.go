package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// outcome is what became of a change.
type outcome string

const (
	killed   outcome = "KILLED"
	survived outcome = "LIVED"
	stuck    outcome = "TIMED OUT"
)

// trial runs the tests of one package.
type trial struct {
	directory, scratch string
	tests              map[int][]*test // by the change that they reach, those that reach few others first
}

type test struct {
	name    string
	took    time.Duration
	reaches int
}

func (t *trial) binary() string { return filepath.Join(t.scratch, "package.test") }

func (t *trial) build() error {
	build := exec.Command("go", "test", "-c", "-vet=off", "-overlay", filepath.Join(t.scratch, overlayName), "-o", t.binary(), ".")
	build.Dir = t.directory
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build with changes: %w\n%s", err, text)
	}
	return nil
}

func (t *trial) hasTests() bool {
	_, err := os.Stat(t.binary())
	return err == nil
}

// run runs some tests with one more variable of the environment. It gives what they said when one of them failed.
func (t *trial) run(variable string, limit time.Duration, names ...string) (said string, failed bool) {
	run := exec.Command(t.binary(), "-test.short", "-test.failfast", "-test.timeout="+limit.String(), "-test.run", "^("+strings.Join(names, "|")+")$")
	run.Dir = t.directory
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "TRIBUTARY_TEST_") { // on SQLite
			run.Env = append(run.Env, v)
		}
	}
	run.Env = append(run.Env, variable)
	text, err := run.CombinedOutput()
	return string(text), err != nil
}

var isTest = regexp.MustCompile(`^(Test|Fuzz|Example)`)

// reach runs each test alone, without a change, and keeps which changes it comes by.
func (t *trial) reach() error {
	list := exec.Command(t.binary(), "-test.list", ".")
	list.Dir = t.directory
	names, err := list.Output()
	if err != nil {
		return fmt.Errorf("list tests: %w", err)
	}
	t.tests = map[int][]*test{}
	for _, name := range strings.Fields(string(names)) {
		if !isTest.MatchString(name) {
			continue
		}
		path := filepath.Join(t.scratch, name)
		begin := time.Now()
		if said, failed := t.run("MUTATE_REACH="+path, time.Hour, name); failed {
			return fmt.Errorf("%s fails without a change:\n%s", name, said)
		}
		text, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) { // one that reaches no change writes nothing
			return err
		}
		reached := bytes.Fields(text)
		found := &test{name: name, took: time.Since(begin), reaches: len(reached)}
		for _, field := range reached {
			id, err := strconv.Atoi(string(field))
			if err != nil {
				return err
			}
			t.tests[id] = append(t.tests[id], found)
		}
	}
	for _, tests := range t.tests {
		slices.SortFunc(tests, func(a, b *test) int { return cmp.Compare(a.cost(), b.cost()) })
	}
	return nil
}

// cost orders tests: what is particular and quick most likely notices a change, and soon.
func (t *test) cost() time.Duration {
	return (t.took + 100*time.Millisecond) * time.Duration(t.reaches)
}

// all tries changes, some at a time, and tells what became of each.
func (t *trial) all(changes []change, workers int, tell func(change, outcome)) {
	var group sync.WaitGroup
	var lock sync.Mutex
	next := make(chan change)
	for range max(workers, 1) {
		group.Go(func() {
			for c := range next {
				o := t.try(c)
				lock.Lock()
				tell(c, o)
				lock.Unlock()
			}
		})
	}
	for _, c := range changes {
		next <- c
	}
	close(next)
	group.Wait()
}

// try runs the tests that reach a change, a few in each process, until one fails. What takes ten times as long as without
// the change is stuck.
func (t *trial) try(c change) outcome {
	const together = time.Second
	for tests := t.tests[c.id]; len(tests) > 0; {
		names, took := []string{}, time.Duration(0)
		for len(tests) > 0 && (len(names) == 0 || took+tests[0].took <= together) {
			names, took, tests = append(names, tests[0].name), took+tests[0].took, tests[1:]
		}
		said, failed := t.run(fmt.Sprintf("MUTATE_CHANGE=%d", c.id), 10*time.Second+10*took, names...)
		switch {
		case failed && strings.Contains(said, "panic: test timed out"):
			return stuck
		case failed:
			return killed
		}
	}
	return survived
}
