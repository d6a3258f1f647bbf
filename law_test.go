// Package tributary_test holds what the repository as a whole must satisfy: the law of its imports, and the deployment files.
package tributary_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	modulePath   = "tributary"
	maxFileLines = 500
)

// The groups that the table of units is written with.
var (
	basics   = []string{"models", "internal/money", "internal/fault"}
	services = []string{
		"internal/program", "internal/tree", "internal/tracking", "internal/commission",
		"internal/ledger", "internal/payout", "internal/access", "internal/notify", "internal/audit", "internal/export", "internal/mail",
	}
)

// units is the dependency law: each package of the module, with its subpackages, and what its code may import of ours.
// A test may import more, to set its scene. A package that is not here needs an ADR, and then a row.
var units = map[string][]string{
	"cmd":          {"internal/app", "internal/fault"},
	"internal/app": join(basics, services, []string{"graph", "workers", "console", "internal/commission/paper", "internal/importer", "internal/stripeconnect", "internal/embedded", "internal/stripesim", "internal/bench", "internal/limiter"}),
	"graph":        join(basics, services),
	"workers":      join(basics, services),
	"console":      nil,

	"internal/program":           join(basics, []string{"internal/access", "internal/mail", "internal/notify", "internal/tree"}),
	"internal/tree":              join(basics, []string{"internal/access"}),
	"internal/tracking":          join(basics, []string{"internal/access", "internal/notify", "internal/program", "internal/tree"}),
	"internal/commission":        join(basics, []string{"internal/access", "internal/notify", "internal/ledger", "internal/program", "internal/tree", "internal/commission/engine", "internal/commission/paper"}),
	"internal/commission/engine": {"internal/money", "internal/fault"},
	"internal/commission/paper":  {"internal/money", "internal/fault"},
	"internal/ledger":            join(basics, []string{"internal/access"}),
	"internal/payout":            join(basics, []string{"internal/access", "internal/notify", "internal/ledger", "internal/program"}),
	"internal/access":            join(basics, []string{"internal/mail"}),
	"internal/mail":              basics,
	"internal/export":            join(basics, []string{"internal/access"}),
	"internal/notify":            join(basics, []string{"internal/access"}),
	"internal/audit":             join(basics, []string{"internal/access"}),
	"internal/importer":          join(basics, []string{"internal/access", "internal/program", "internal/tracking", "internal/tree"}),

	"internal/stripeconnect": join(basics, []string{"internal/payout", "internal/limiter"}),
	"internal/limiter":       {"internal/fault"},
	"internal/stripesim":     nil,
	"internal/embedded":      {"internal/stripesim"},
	"internal/bench":         join(basics, services, []string{"internal/commission/engine", "internal/embedded", "internal/stripesim"}),
	"internal/testkit":       {anyUnit},

	"models":         {"internal/money", "internal/fault"},
	"internal/money": {"internal/fault"},
	"internal/fault": nil,
}

const anyUnit = "*"

// stdlibOnly are the units that import nothing but the standard library.
var stdlibOnly = []string{"internal/fault"}

// testOnly are the units that only test files, and the units themselves, may import.
var testOnly = []string{"internal/testkit"}

// vendorLaws say where a module from outside may be imported. They hold for tests too.
var vendorLaws = []struct {
	rule    string
	modules []string
	units   []string // everywhere in these
	tests   []string // and in the tests of these
}{
	{
		rule:    "gqlgen only under graph",
		modules: []string{"github.com/99designs/gqlgen"},
		units:   []string{"graph"},
	},
	{
		rule:    "WebSockets only under graph",
		modules: []string{"github.com/coder/websocket"},
		units:   []string{"graph"},
	},
	{
		rule:    "asynq only in workers and internal/embedded",
		modules: []string{"github.com/hibiken/asynq"},
		units:   []string{"workers", "internal/embedded"},
	},
	{
		rule:    "a Redis client only in internal/limiter",
		modules: []string{"github.com/redis", "github.com/go-redis"},
		units:   []string{"internal/limiter"},
	},
	{
		rule:    "stripe-go only in internal/stripeconnect",
		modules: []string{"github.com/stripe/stripe-go"},
		units:   []string{"internal/stripeconnect"},
		tests:   []string{"internal/stripesim"},
	},
	{
		rule:    "SMTP only in internal/mail",
		modules: []string{"github.com/wneessen/go-mail", "github.com/emersion/go-smtp", "net/smtp"},
		units:   []string{"internal/mail"},
		tests:   []string{"internal/app"},
	},
	{
		rule:    "database drivers only in models",
		modules: []string{"github.com/go-sql-driver", "gorm.io/driver", "github.com/ncruces", "github.com/mattn/go-sqlite3", "modernc.org/sqlite"},
		units:   []string{"models"},
	},
	{
		rule:    "PDF only in internal/commission/paper",
		modules: []string{"codeberg.org/go-pdf", "golang.org/x/image"},
		units:   []string{"internal/commission/paper"},
	},
	{
		rule:    "the check of outgoing addresses only in internal/notify",
		modules: []string{"code.dny.dev/ssrf"},
		units:   []string{"internal/notify"},
	},
	{
		rule:    "CEL only in internal/commission/engine",
		modules: []string{"github.com/google/cel-go"},
		units:   []string{"internal/commission/engine"},
	},
}

// clockUnits may ask for the present instant. Everybody else is handed a clock.
var clockUnits = []string{"cmd", "internal/app", "internal/embedded", "internal/bench"}

// rawUnits may run statements of their own: models does it for the others, a measurement has nothing to audit.
var rawUnits = []string{"models", "internal/bench", "internal/testkit"}

// A violation names the rule and the file, so that the message alone says what to change.
type violation struct{ rule, file, detail string }

func (v violation) String() string {
	return fmt.Sprintf("%s: breaks %q: %s", v.file, v.rule, v.detail)
}

// The rules that are not rows of a table of their own.
const (
	ruleParses = "every Go file parses"
	ruleUnits  = "a new package needs an ADR and a row in the table of units"
	ruleArrows = "imports follow the dependency law"
	ruleStdlib = "standard library only"
	ruleTests  = "only tests import it"
	ruleClock  = "the clock is handed down"
	ruleAudit  = "no raw statement writes past the audit log"
	ruleSize   = "no hand-written file over 500 lines"
)

func TestLaw(t *testing.T) {
	violations, files, err := checkLaw(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if files < 2 {
		t.Fatalf("read %d Go files: not the root of the repository", files)
	}
	for _, v := range violations {
		t.Error(v)
	}
}

// checkLaw reads every Go file of the module and returns what breaks the law, and how many files it read.
func checkLaw(fsys fs.FS) (violations []violation, files int, err error) {
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && outside(fsys, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		files++
		violations = append(violations, checkFile(name, source)...)
		return nil
	})
	return violations, files, err
}

// outside tells the directories that the go command does not count to the module, and the console's dependencies.
func outside(fsys fs.FS, dir string) bool {
	base := path.Base(dir)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules" {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

func checkFile(name string, source []byte) []violation {
	var found []violation
	report := func(rule, format string, args ...any) {
		found = append(found, violation{rule: rule, file: name, detail: fmt.Sprintf(format, args...)})
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		report(ruleParses, "%v", err)
		return found
	}
	unit, isTest := unitOf(path.Dir(name)), strings.HasSuffix(name, "_test.go")
	if unit == "" && path.Dir(name) != "." {
		report(ruleUnits, "%s is not in it", path.Dir(name))
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			report(ruleParses, "%v", err)
			continue
		}
		if dir, ours := insideModule(imported); ours {
			checkArrow(unit, dir, isTest, report)
			continue
		}
		if slices.Contains(stdlibOnly, unit) && !isTest && !isStdlib(imported) {
			report(ruleStdlib, "imports %s", imported)
		}
		checkVendor(unit, imported, isTest, report)
	}
	if ast.IsGenerated(file) {
		return found
	}
	if !isTest && !slices.Contains(clockUnits, unit) {
		for _, call := range presentInstants(file) {
			report(ruleClock, "uses %s", call)
		}
	}
	if !isTest && !slices.Contains(rawUnits, unit) {
		for range rawStatements(file) {
			report(ruleAudit, "calls Exec")
		}
	}
	if lines := bytes.Count(source, []byte("\n")); lines > maxFileLines {
		report(ruleSize, "has %d", lines)
	}
	return found
}

// checkArrow judges one import of a directory of ours by a file of unit.
func checkArrow(unit, dir string, isTest bool, report func(rule, format string, args ...any)) {
	target := unitOf(dir)
	switch {
	case target == unit && target != "":
	case slices.Contains(testOnly, target) && !isTest:
		report(ruleTests, "imports %s", dir)
	case isTest:
	case !slices.Contains(units[unit], target) && !slices.Contains(units[unit], anyUnit):
		report(ruleArrows, "imports %s; %s may import of ours: %s", dir, unit, strings.Join(units[unit], " "))
	}
}

func checkVendor(unit, imported string, isTest bool, report func(rule, format string, args ...any)) {
	for _, law := range vendorLaws {
		within := func(module string) bool { return isOrUnder(imported, module) }
		if !slices.ContainsFunc(law.modules, within) || slices.Contains(law.units, unit) {
			continue
		}
		if isTest && slices.Contains(law.tests, unit) {
			continue
		}
		report(law.rule, "imports %s", imported)
	}
}

// presentInstants returns each use of time.Now, called or handed on, under whatever name the file gives the package.
func presentInstants(file *ast.File) []string {
	local := ""
	for _, spec := range file.Imports {
		if spec.Path.Value != `"time"` {
			continue
		}
		local = "time"
		if spec.Name != nil {
			local = spec.Name.Name
		}
	}
	switch local {
	case "", "_":
		return nil
	case ".":
		return []string{`import . "time"`}
	}
	var uses []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok || selector.Sel.Name != "Now" {
			return true
		}
		if pkg, ok := selector.X.(*ast.Ident); ok && pkg.Name == local {
			uses = append(uses, local+".Now")
		}
		return true
	})
	return uses
}

// rawStatements returns each call of Exec in a file that knows the database.
func rawStatements(file *ast.File) []ast.Node {
	var found []ast.Node
	knows := slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool {
		return spec.Path.Value == `"`+modulePath+`/models"` || spec.Path.Value == `"gorm.io/gorm"`
	})
	if !knows {
		return nil
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "Exec" {
				found = append(found, call)
			}
		}
		return true
	})
	return found
}

// unitOf returns the unit a directory belongs to, or "".
func unitOf(dir string) string {
	for ; dir != "." && dir != "/"; dir = path.Dir(dir) {
		if _, ok := units[dir]; ok {
			return dir
		}
	}
	return ""
}

// insideModule returns the directory of an import path of this module.
func insideModule(imported string) (dir string, ours bool) {
	if imported == modulePath {
		return ".", true
	}
	return strings.CutPrefix(imported, modulePath+"/")
}

// isStdlib: only paths of the standard library have no dot in their first element.
func isStdlib(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func isOrUnder(name, prefix string) bool {
	return name == prefix || strings.HasPrefix(name, prefix+"/")
}

func join(lists ...[]string) []string { return slices.Concat(lists...) }

func TestLawNamesOnlyItsUnits(t *testing.T) {
	for unit, may := range units {
		for _, target := range may {
			if _, ok := units[target]; !ok && target != anyUnit {
				t.Errorf("%s may import %s, which is not a unit", unit, target)
			}
		}
	}
	lists := [][]string{stdlibOnly, testOnly, clockUnits, rawUnits}
	for _, law := range vendorLaws {
		lists = append(lists, law.units, law.tests)
	}
	for _, name := range slices.Concat(lists...) {
		if _, ok := units[name]; !ok {
			t.Errorf("%s is not a unit", name)
		}
	}
}

// imports is a Go file that imports the given paths.
func imports(paths ...string) string {
	source := "package fake\n"
	for _, p := range paths {
		source += fmt.Sprintf("import _ %q\n", p)
	}
	return source
}

// lawful is a small tree that breaks nothing; each case below adds one file to it.
func lawful() fstest.MapFS {
	tree := fstest.MapFS{}
	for name, source := range map[string]string{
		"root_test.go":                      imports("tributary/internal/app", "github.com/goccy/go-yaml"),
		"cmd/tributary/main.go":             imports("tributary/internal/app", "tributary/internal/fault"),
		"internal/app/app.go":               "package app\nimport \"time\"\nvar _ = time.Now()\n",
		"internal/app/wire.go":              imports("tributary/graph", "tributary/workers", "tributary/console", "tributary/internal/stripeconnect", "tributary/internal/embedded"),
		"graph/resolver.go":                 imports("tributary/graph/generated", "tributary/internal/ledger", "github.com/99designs/gqlgen/graphql"),
		"graph/generated/generated.go":      "// Code generated by hand. DO NOT EDIT.\n\npackage generated\nimport \"time\"\nvar _ = time.Now()\n" + strings.Repeat("\n", 600),
		"workers/server.go":                 imports("tributary/internal/payout", "github.com/hibiken/asynq"),
		"internal/commission/accrue.go":     imports("tributary/internal/ledger", "tributary/internal/program", "tributary/internal/tree", "tributary/internal/access"),
		"internal/commission/book_test.go":  imports("tributary/internal/testkit", "tributary/internal/tracking"),
		"internal/stripeconnect/rail.go":    imports("tributary/internal/payout", "github.com/stripe/stripe-go/v76"),
		"internal/stripesim/sim_test.go":    imports("github.com/stripe/stripe-go/v76/client"),
		"internal/embedded/embedded.go":     imports("tributary/internal/stripesim", "github.com/hibiken/asynq"),
		"internal/testkit/app.go":           imports("tributary/internal/app", "tributary/models"),
		"internal/money/money.go":           imports("tributary/internal/fault", "github.com/shopspring/decimal"),
		"internal/fault/fault.go":           imports("errors", "net/http"),
		"models/open.go":                    imports("github.com/go-sql-driver/mysql", "gorm.io/driver/mysql", "github.com/ncruces/go-sqlite3/gormlite"),
		"models/clock.go":                   "package models\nimport \"time\"\ntype Clock func() time.Time\nfunc now(clock Clock) time.Time { return clock() }\n",
		"models/clock_test.go":              "package models\nimport \"time\"\nvar _ = time.Now()\n",
		"models/long.go":                    "package models\n" + strings.Repeat("\n", maxFileLines-1),
		"tools/go.mod":                      "module tributary/tools\n",
		"tools/tool.go":                     imports("tributary/internal/stripesim"),
		"console/node_modules/x/flatted.go": "not Go at all",
	} {
		tree[name] = &fstest.MapFile{Data: []byte(source)}
	}
	return tree
}

func TestLawHoldsForALawfulTree(t *testing.T) {
	violations, files, err := checkLaw(lawful())
	if err != nil || len(violations) > 0 {
		t.Fatalf("violations %v, error %v", violations, err)
	}
	if want := len(lawful()) - 3; files != want {
		t.Errorf("read %d files, want %d", files, want)
	}
}

func TestLawFindsEachViolation(t *testing.T) {
	cases := []struct{ rule, file, source string }{
		{ruleParses, "models/broken.go", "package"},
		{ruleUnits, "internal/extra/extra.go", "package extra\n"},
		{ruleArrows, "cmd/tributary/peek.go", imports("tributary/models")},
		{ruleArrows, "internal/app/loop.go", imports("tributary/cmd/tributary")},
		{ruleArrows, "graph/work.go", imports("tributary/workers")},
		{ruleArrows, "workers/edge.go", imports("tributary/graph")},
		{ruleArrows, "graph/rail.go", imports("tributary/internal/stripeconnect")},
		{ruleArrows, "internal/stripeconnect/book.go", imports("tributary/internal/ledger")},
		{ruleArrows, "internal/embedded/db.go", imports("tributary/models")},
		{ruleArrows, "internal/ledger/up.go", imports("tributary/internal/commission")},
		{ruleArrows, "internal/payout/trace.go", imports("tributary/internal/commission")},
		{ruleArrows, "internal/importer/pay.go", imports("tributary/internal/commission")},
		{ruleArrows, "internal/tracking/file.go", imports("tributary/internal/importer")},
		{ruleArrows, "internal/tracking/pay.go", imports("tributary/internal/ledger")},
		{ruleArrows, "internal/program/track.go", imports("tributary/internal/tracking")},
		{ruleArrows, "internal/tree/program.go", imports("tributary/internal/program")},
		{ruleArrows, "internal/access/program.go", imports("tributary/internal/program")},
		{ruleArrows, "internal/program/deep.go", imports("tributary/graph/generated")},
		{ruleArrows, "models/up.go", imports("tributary/internal/program")},
		{ruleArrows, "internal/money/up.go", imports("tributary/models")},
		{ruleArrows, "internal/fault/up.go", imports("tributary/internal/money")},
		{ruleArrows, "internal/stripesim/ours.go", imports("tributary/internal/fault")},
		{ruleArrows, "models/root.go", imports("tributary")},
		{ruleStdlib, "internal/fault/wrap.go", imports("github.com/pkg/errors")},
		{ruleTests, "internal/app/scene.go", imports("tributary/internal/testkit")},
		{"gqlgen only under graph", "internal/program/edge.go", imports("github.com/99designs/gqlgen/graphql")},
		{"gqlgen only under graph", "internal/app/server_test.go", imports("github.com/99designs/gqlgen/client")},
		{"asynq only in workers and internal/embedded", "internal/notify/queue.go", imports("github.com/hibiken/asynq")},
		{"a Redis client only in internal/limiter", "internal/payout/limit.go", imports("github.com/redis/go-redis/v9")},
		{"a Redis client only in internal/limiter", "workers/limit.go", imports("github.com/go-redis/redis_rate/v10")},
		{"stripe-go only in internal/stripeconnect", "internal/payout/rail.go", imports("github.com/stripe/stripe-go/v76")},
		{"stripe-go only in internal/stripeconnect", "internal/stripesim/sim.go", imports("github.com/stripe/stripe-go/v76")},
		{"database drivers only in models", "internal/app/db.go", imports("github.com/go-sql-driver/mysql")},
		{"database drivers only in models", "cmd/tributary/db.go", imports("gorm.io/driver/mysql")},
		{"database drivers only in models", "internal/ledger/db_test.go", imports("github.com/ncruces/go-sqlite3/driver")},
		{ruleArrows, "internal/mail/who.go", imports("tributary/internal/access")},
		{"SMTP only in internal/mail", "internal/access/post.go", imports("github.com/wneessen/go-mail")},
		{"SMTP only in internal/mail", "internal/program/post.go", imports("net/smtp")},
		{ruleClock, "internal/payout/now.go", "package payout\nimport \"time\"\nvar _ = time.Now()\n"},
		{ruleClock, "internal/tree/value.go", "package tree\nimport \"time\"\nvar clock = time.Now\n"},
		{ruleClock, "internal/ledger/alias.go", "package ledger\nimport clock \"time\"\nvar _ = clock.Now()\n"},
		{ruleClock, "internal/stripesim/dot.go", "package stripesim\nimport . \"time\"\nvar _ = Now()\n"},
		{ruleAudit, "internal/payout/raw.go", "package payout\nimport \"tributary/models\"\nfunc f(tx *models.Tx) { tx.Exec(\"DELETE FROM payouts\") }\n"},
		{ruleSize, "models/longer.go", "package models\n" + strings.Repeat("\n", maxFileLines)},
		{ruleSize, "models/long_test.go", "package models\n// Code generated by hand? No.\n" + strings.Repeat("\n", maxFileLines)},
	}
	for _, c := range cases {
		t.Run(c.rule+"/"+c.file, func(t *testing.T) {
			tree := lawful()
			tree[c.file] = &fstest.MapFile{Data: []byte(c.source)}
			violations, _, err := checkLaw(tree)
			if err != nil {
				t.Fatal(err)
			}
			if len(violations) != 1 || violations[0].rule != c.rule || violations[0].file != c.file {
				t.Fatalf("found %v, want one of rule %q", violations, c.rule)
			}
		})
	}
}
