package engine

import (
	"errors"
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"

	"tributary/internal/fault"
)

// condition is a compiled expression.
type condition struct {
	text    string
	program cel.Program
	needs   Needs
	byBasis bool // what the plan excludes decides its answer
}

// ConditionError says that a condition could not be answered for a conversion. It stops that conversion: nothing is
// paid, and nothing is taken for false.
type ConditionError struct {
	Rule string
	Err  error
}

// Error gives the rule and what failed.
func (e *ConditionError) Error() string {
	return fmt.Sprintf("the condition of rule %q failed: %v", e.Rule, e.Err)
}

// Unwrap gives the cause.
func (e *ConditionError) Unwrap() error { return e.Err }

// compile checks an expression and makes it ready. Codes CONDITION_INVALID with the column, CONDITION_TOO_COSTLY.
func (env *environment) compile(text string, item bool) (*condition, error) {
	if len(text) > maxConditionBytes {
		return nil, fault.New(fault.Invalid, "CONDITION_INVALID", "a condition has at most %d characters", maxConditionBytes)
	}
	e := env.order
	if item {
		e = env.item
	}
	checked, issues := e.Compile(text)
	if issues.Err() != nil {
		return nil, conditionIssue(issues)
	}
	if checked.OutputType() != cel.BoolType {
		return nil, fault.New(fault.Invalid, "CONDITION_INVALID", "column 1: a condition is true or false, this one is a %s", checked.OutputType())
	}
	cost, err := e.EstimateCost(checked, sizes{})
	if err != nil {
		return nil, fault.New(fault.Invalid, "CONDITION_INVALID", "column 1: its cost cannot be told: %v", err)
	}
	if cost.Max > maxConditionCost {
		return nil, fault.New(fault.Invalid, "CONDITION_TOO_COSTLY", "on the largest conversion it could cost %d, more than %d", cost.Max, maxConditionCost)
	}
	if err := env.checkAmounts(checked.NativeRep()); err != nil {
		return nil, err
	}
	c := &condition{text: text, needs: needsOf(checked), byBasis: asksBasis(checked)}
	if checked, err = fold(e, checked); err != nil {
		return nil, err
	}
	if c.program, err = e.Program(checked, cel.EvalOptions(cel.OptOptimize)); err != nil {
		return nil, fault.New(fault.Invalid, "CONDITION_INVALID", "column 1: %v", err)
	}
	return c, nil
}

func conditionIssue(issues *cel.Issues) error {
	first := issues.Errors()[0]
	return fault.New(fault.Invalid, "CONDITION_INVALID", "%s: %s", place(first.Location.Line(), first.Location.Column()), first.Message)
}

// place names a character of a condition; columns are counted from 0.
func place(line, column int) string {
	if line > 1 {
		return fmt.Sprintf("line %d, column %d", line, column+1)
	}
	return fmt.Sprintf("column %d", column+1)
}

// fold works out what does not depend on the conversion, such as money("10.00"), once.
func fold(e *cel.Env, checked *cel.Ast) (*cel.Ast, error) {
	folder, err := cel.NewConstantFoldingOptimizer()
	if err != nil {
		return nil, fmt.Errorf("make optimizer: %w", err)
	}
	optimizer, err := cel.NewStaticOptimizer(folder)
	if err != nil {
		return nil, fmt.Errorf("make optimizer: %w", err)
	}
	folded, issues := optimizer.Optimize(e, checked)
	if issues.Err() != nil {
		return nil, conditionIssue(issues)
	}
	return folded, nil
}

// checkAmounts refuses what money could never read, such as money("ten"), before it stops a conversion.
func (env *environment) checkAmounts(tree *ast.AST) error {
	for _, call := range ast.MatchDescendants(ast.NavigateAST(tree), ast.FunctionMatcher("money")) {
		argument := call.AsCall().Args()[0]
		if argument.Kind() != ast.LiteralKind {
			continue
		}
		text, _ := argument.AsLiteral().Value().(string)
		_, err := parseMinor(text, env.currency)
		var refused *fault.Error
		if errors.As(err, &refused) {
			where := tree.SourceInfo().GetStartLocation(argument.ID())
			return fault.New(fault.Invalid, "CONDITION_INVALID", "%s: %s", place(where.Line(), where.Column()), refused.Msg)
		}
	}
	return nil
}

func needsOf(checked *cel.Ast) Needs {
	var n Needs
	for _, reference := range checked.NativeRep().ReferenceMap() {
		if f := factByName[reference.Name]; f != nil {
			n = n.Add(f.needs)
		}
	}
	return n
}

func asksBasis(checked *cel.Ast) bool {
	for _, reference := range checked.NativeRep().ReferenceMap() {
		if reference.Name == "order.net" || reference.Name == "partner.lifetime_volume" {
			return true
		}
	}
	return false
}

// activation gives a condition the facts of one case.
type activation struct {
	c    *Case
	net  int64
	item *Item
}

// ResolveName gives a fact.
func (a *activation) ResolveName(name string) (any, bool) {
	f := factByName[name]
	if f == nil {
		return nil, false
	}
	return f.read(a), true
}

// Parent is nothing: there are only facts.
func (a *activation) Parent() interpreter.Activation { return nil }

func (a *activation) textMap(m map[string]string) ref.Val {
	return types.DefaultTypeAdapter.NativeToValue(m)
}

func (a *activation) items() ref.Val {
	list := make([]any, len(a.c.Sale.Items))
	for i, item := range a.c.Sale.Items {
		list[i] = map[string]any{"sku": item.SKU, "category": item.Category, "name": item.Name, "quantity": item.Quantity, "amount": item.Minor}
	}
	return types.DefaultTypeAdapter.NativeToValue(list)
}

// holds evaluates the condition; a rule without one always holds.
func (r *Rule) holds(a *activation) (bool, error) {
	if r.when == nil {
		return true, nil
	}
	out, _, err := r.when.program.Eval(a)
	if err != nil {
		return false, &ConditionError{Rule: r.ID, Err: err}
	}
	return out == types.True, nil
}

// takes tells whether the rule takes an item: by its names, and by its condition.
func (r *Rule) takes(a *activation, item *Item) (bool, error) {
	if (r.skus != nil || r.categories != nil) && !r.skus[item.SKU] && !r.categories[item.Category] {
		return false, nil
	}
	a.item = item
	return r.holds(a)
}
