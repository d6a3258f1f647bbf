package graph_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const tableFile = "testdata/access.tsv"

// What a cell of the table says of a root field or an object.
const (
	cellYes    = "yes"     // it is done, or seen
	cellOwn    = "own"     // it is done for the caller's own, or its own is seen; ours is not touched
	cellHidden = "none"    // there is no such object
	cellNo     = "no"      // forbidden
	cellSignIn = "sign in" // for nobody who is not signed in
)

// What a cell says of a field of an object that is seen.
const (
	cellValue  = "value"
	cellNull   = "null"
	cellEmpty  = "empty" // a list or a text without anything in it
	cellUnseen = "."     // the object is not seen
)

// grid is the table of who may do what: a row for each field, a column for each kind of caller.
type grid struct {
	mu      sync.Mutex
	columns []string
	rows    map[string][]string
}

func (g *grid) put(row string, askers []asker, cells []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.rows == nil {
		g.rows = map[string][]string{}
	}
	g.columns = nil
	for _, a := range askers {
		g.columns = append(g.columns, a.name)
	}
	g.rows[row] = cells
}

func (g *grid) text() string {
	lines := []string{"field\t" + strings.Join(g.columns, "\t")}
	for _, row := range slices.Sorted(maps.Keys(g.rows)) {
		lines = append(lines, row+"\t"+strings.Join(g.rows[row], "\t"))
	}
	return strings.Join(lines, "\n") + "\n"
}

// check holds the table against the one in the repository; UPDATE_GOLDEN=1 writes that anew.
func (g *grid) check(t *testing.T) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(tableFile, []byte(g.text()), 0o600))
	}
	written, err := os.ReadFile(tableFile)
	require.NoError(t, err)
	is, want := strings.Split(g.text(), "\n"), strings.Split(string(written), "\n")
	var changed []string
	for _, row := range is {
		if !slices.Contains(want, row) {
			changed = append(changed, "is:  "+row)
		}
	}
	for _, row := range want {
		if !slices.Contains(is, row) {
			changed = append(changed, "was: "+row)
		}
	}
	require.Empty(t, changed, "who may do what is not what %s says; if that is meant, write it anew with UPDATE_GOLDEN=1\n%s\n%s", tableFile, is[0], strings.Join(changed, "\n"))
}

// agree holds a cell against the rule: whoever it does not name is refused, and whoever it names is not.
func (r rule) agree(t testing.TB, row string, a asker, cell string) {
	t.Helper()
	switch allowed := r.allows(a.by, a.role); {
	case !allowed && a.by.IsAnonymous():
		require.Equal(t, cellSignIn, cell, "%s, %s", row, a.name)
	case !allowed:
		require.Equal(t, cellNo, cell, "%s, %s", row, a.name)
	case r.isBare() && a.name != "partner":
		require.Contains(t, []string{cellYes, cellOwn, cellHidden}, cell, "%s, %s", row, a.name)
	case a.outside && !r.public:
		require.Contains(t, []string{cellOwn, cellHidden}, cell, "%s, %s", row, a.name)
	default:
		require.Equal(t, cellYes, cell, "%s, %s", row, a.name)
	}
}

// refusal tells how an answer refuses its only root field, or "".
func (a answer) refusal() string {
	for _, problem := range a.Errors {
		if len(problem.Path) > 1 {
			continue
		}
		switch code := problem.Extensions["code"]; code {
		case "UNAUTHENTICATED":
			return cellSignIn
		case "FORBIDDEN":
			return cellNo
		case "NOT_FOUND":
			return cellHidden
		default:
			return sprint(code) + " " + sprint(problem.Extensions["reason"])
		}
	}
	return ""
}
