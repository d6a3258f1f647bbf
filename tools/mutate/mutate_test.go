package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Each operator that can be changed, in a package whose tests call everything and expect nothing.
const everything = `package p

import "time"

const fixed = 2 * 3

type size [1 << 2]int

type level int8

func all(a, b int, l level, s string, yes func() bool) (sum int, err error) {
	if a < b || a <= b && a > b { sum++ }
	if sum += 1; a >= b { sum-- }
	for i := 0; i < 3; i++ { if i == 1 { continue }; sum += i }
	for i := 9; i > 0; i -= 3 { switch { case i != 6: break }; sum -= i }
outer:
	for range 2 { for range 2 { if yes() { continue outer } } ; break }
	func() { switch { case yes(): break } }()
	sum *= 4
	sum /= 2
	s += "text" + s
	wait := 2 * time.Second
	_ = wait + time.Duration(1<<a)
	sum = a + b - a*b/3%5
	sum = sum&a | b ^ a&^b | 1<<2>>a
	return -sum + int(-l) + fixed, err
}
`

const callsAll = `package p

import "testing"

func TestAll(t *testing.T) { _, _ = all(1, 2, 3, "", func() bool { return true }) }
`

// Nothing tests the boundaries of limit.
const bounded = `package q

func limit(n int) bool { return n > 0 && n < 10 }

func count(to int) (n int) {
	for range to { n += 2 }
	return n
}
`

const bounds = `package q

import "testing"

func TestLimit(t *testing.T) {
	if !limit(5) || limit(20) { t.Fail() }
}

func TestCount(t *testing.T) {
	if count(3) != 6 { t.Fail() }
}
`

func module(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module m\n\ngo 1.26\n", "p/p.go": everything, "p/p_test.go": callsAll, "q/q.go": bounded, "q/q_test.go": bounds, "r/r.go": "package r\n\nvar Two = func(n int) int { return n + n }\n"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// The code with all its changes compiles, and is the same while none is on.
func TestEveryOperatorHasASwitch(t *testing.T) {
	root, scratch := module(t), t.TempDir()
	p, err := load(root, "p")
	if err != nil {
		t.Fatal(err)
	}
	changes, err := p.write(scratch, nil)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, c := range changes {
		texts = append(texts, c.text)
	}
	slices.Sort(texts)
	want := []string{
		"!= to ==", "% to *", "& to |", "&& to ||", "&^ to &", "* to /", "* to /", "*= to /=", "*= to =", "+ to -", "+ to -", "+ to -", "+ to -",
		"++ to --", "++ to --", "+= to -=", "+= to -=", "+= to =", "+= to =", "- to +", "- to nothing", "- to nothing", "-- to ++", "-= to +=", "-= to +=",
		"-= to =", "/ to *", "/= to *=", "/= to =", "< to <=", "< to <=", "< to >=", "< to >=", "<< to >>", "<< to >>", "<= to <", "<= to >", "== to !=",
		"> to <=", "> to <=", "> to >=", "> to >=", ">= to <", ">= to >", ">> to <<", "^ to &", "break to continue", "break to continue",
		"continue to break", "continue to break", "| to &", "| to &", "|| to &&",
	}
	if !slices.Equal(texts, want) {
		t.Errorf("changes %q, not %q", texts, want)
	}
	tests := trial{directory: filepath.Join(root, "p"), scratch: scratch}
	if err := tests.build(); err != nil {
		t.Fatal(err)
	}
	if err := tests.reach(); err != nil {
		t.Error(err)
	}
}

func TestWhatBecomesOfChanges(t *testing.T) {
	root := module(t)
	for name, c := range map[string]struct {
		killed, survived int
	}{"q": {5, 2}, "r": {0, 1}} {
		count, err := tryPackage(root, name, nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		if count[killed] != c.killed || count[survived] != c.survived {
			t.Errorf("%s: %v", name, count)
		}
	}
	if low, err := mutate(root, []string{"q", "r"}, nil, 85, 2); err != nil || !low {
		t.Errorf("a package without tests is not low (%v)", err)
	}
	if _, err := mutate(root, nil, nil, 85, 2); err == nil {
		t.Error("no directory is no error")
	}
}
