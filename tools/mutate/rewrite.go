package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// change is one operator that is another when the change is switched on.
type change struct {
	id    int
	place string // file:line:column
	text  string // "< to <="
}

// rewriter writes a file anew, with every change of it behind a switch.
type rewriter struct {
	pkg     *loaded
	src     []byte
	name    string
	loops   map[*ast.BranchStmt]bool // those that have a loop to go on with or to leave
	headers map[ast.Stmt]bool        // those that stand in the head of a statement, where no other statement can
	changes *[]change
}

func (w *rewriter) offset(p token.Pos) int { return w.pkg.fset.Position(p).Offset }

func (w *rewriter) next(at token.Pos, format string, args ...any) int {
	where := w.pkg.fset.Position(at)
	id := len(*w.changes) + 1
	*w.changes = append(*w.changes, change{id, fmt.Sprintf("%s:%d:%d", w.name, where.Line, where.Column), fmt.Sprintf(format, args...)})
	return id
}

// survey finds out what may stand where.
func (w *rewriter) survey(file *ast.File) {
	w.loops, w.headers = map[*ast.BranchStmt]bool{}, map[ast.Stmt]bool{}
	named := map[string]bool{} // labels, and whether it is a loop that has them
	var walk func(n ast.Node, inLoop bool)
	walk = func(n ast.Node, inLoop bool) {
		ast.Inspect(n, func(c ast.Node) bool {
			switch c := c.(type) {
			case *ast.LabeledStmt:
				_, isFor := c.Stmt.(*ast.ForStmt)
				_, isRange := c.Stmt.(*ast.RangeStmt)
				named[c.Label.Name] = isFor || isRange
			case *ast.BranchStmt:
				w.loops[c] = inLoop && (c.Label == nil || named[c.Label.Name])
			case *ast.IfStmt:
				w.headers[c.Init] = true
			case *ast.SwitchStmt:
				w.headers[c.Init] = true
			case *ast.ForStmt:
				w.headers[c.Init], w.headers[c.Post] = true, true
				walk(c.Body, true)
				return false
			case *ast.RangeStmt:
				walk(c.Body, true)
				return false
			case *ast.FuncLit:
				walk(c.Body, false)
				return false
			}
			return true
		})
	}
	walk(file, false)
}

// file gives the text of a file with its changes.
func (w *rewriter) file(f *ast.File) string {
	w.survey(f)
	return string(w.src[:w.offset(f.Pos())]) + w.render(f) + string(w.src[w.offset(f.End()):])
}

// render gives the text of a node with the changes in it.
func (w *rewriter) render(n ast.Node) string {
	if text, ok := w.changed(n); ok {
		return text
	}
	var out strings.Builder
	at := n.Pos()
	ast.Inspect(n, func(c ast.Node) bool {
		if c == nil || c == n {
			return true
		}
		if isFixed(c) {
			return false
		}
		text, ok := w.changed(c)
		if ok {
			out.Write(w.src[w.offset(at):w.offset(c.Pos())])
			out.WriteString(text)
			at = c.End()
		}
		return !ok
	})
	out.Write(w.src[w.offset(at):w.offset(n.End())])
	return out.String()
}

// isFixed tells whether a node must stay a constant.
func isFixed(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.CONST || n.Tok == token.IMPORT || n.Tok == token.TYPE
	case *ast.ArrayType:
		return n.Len != nil
	}
	return false
}

// changed gives the text of a node that has changes itself.
func (w *rewriter) changed(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return w.binary(n)
	case *ast.UnaryExpr:
		if kind := w.pkg.info.Types[n]; n.Op == token.SUB && kind.Value == nil {
			id := w.next(n.OpPos, "- to nothing")
			return fmt.Sprintf("muNeg(%d, %s)", id, w.render(n.X)), true
		}
	case *ast.IncDecStmt:
		other := map[token.Token]token.Token{token.INC: token.DEC, token.DEC: token.INC}[n.Tok]
		id := w.next(n.TokPos, "%s to %s", n.Tok, other)
		x := w.render(n.X)
		if w.headers[n] {
			return fmt.Sprintf("%s = %s(%d, %s, 1)", x, map[token.Token]string{token.INC: "muAdd", token.DEC: "muSub"}[n.Tok], id, x), true
		}
		return fmt.Sprintf("if mu(%d) { %s%s } else { %s%s }", id, x, other, x, n.Tok), true
	case *ast.AssignStmt:
		return w.assignment(n)
	case *ast.BranchStmt:
		return w.branch(n)
	}
	return "", false
}

var comparisons = map[token.Token]token.Token{token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR}

var negations = map[token.Token]token.Token{token.EQL: token.NEQ, token.NEQ: token.EQL, token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR}

// arithmetic has what an operator becomes, and the function of the switch that is both.
var arithmetic = map[token.Token]struct {
	to       token.Token
	function string
}{
	token.ADD: {token.SUB, "muAdd"}, token.SUB: {token.ADD, "muSub"}, token.MUL: {token.QUO, "muMul"}, token.QUO: {token.MUL, "muQuo"}, token.REM: {token.MUL, "muRem"},
	token.AND: {token.OR, "muBitAnd"}, token.OR: {token.AND, "muBitOr"}, token.XOR: {token.AND, "muXor"}, token.AND_NOT: {token.AND, "muAndNot"},
	token.SHL: {token.SHR, "muShl"}, token.SHR: {token.SHL, "muShr"},
}

func (w *rewriter) binary(n *ast.BinaryExpr) (string, bool) {
	switch n.Op {
	case token.LAND, token.LOR:
		x := w.render(n.X)
		function, other := "muAnd", token.LOR
		if n.Op == token.LOR {
			function, other = "muOr", token.LAND
		}
		id := w.next(n.OpPos, "%s to %s", n.Op, other)
		return fmt.Sprintf("%s(%d, %s, func() bool { return %s })", function, id, x, w.render(n.Y)), true
	case token.EQL, token.NEQ:
		id := w.next(n.OpPos, "%s to %s", n.Op, negations[n.Op])
		return fmt.Sprintf("((%s %s %s) != mu(%d))", w.render(n.X), n.Op, w.render(n.Y), id), true
	case token.LSS, token.GTR, token.LEQ, token.GEQ:
		edge := w.next(n.OpPos, "%s to %s", n.Op, comparisons[n.Op])
		id := w.next(n.OpPos, "%s to %s", n.Op, negations[n.Op])
		x, y := w.render(n.X), w.render(n.Y)
		return fmt.Sprintf("((mu(%d) && %s %s %s || !mu(%d) && %s %s %s) != mu(%d))", edge, x, comparisons[n.Op], y, edge, x, n.Op, y, id), true
	}
	of := w.pkg.info.Types[n]
	if !isNumber(of.Type) || of.Value != nil && of.Value.Kind() == constant.Float {
		return "", false
	}
	function := arithmetic[n.Op].function
	if of.Value != nil || n.Op == token.SHL || n.Op == token.SHR { // what it is a number of may stand outside of it
		function += "[" + w.typeName(of.Type) + "]"
	}
	x, y := w.render(n.X), w.render(n.Y)
	return fmt.Sprintf("%s(%d, %s, %s)", function, w.next(n.OpPos, "%s to %s", n.Op, arithmetic[n.Op].to), x, y), true
}

// typeName names a type as the file can; what is not imported has no constants there.
func (w *rewriter) typeName(t types.Type) string {
	return types.TypeString(types.Default(t), func(p *types.Package) string {
		if p == w.pkg.types {
			return ""
		}
		return p.Name()
	})
}

func isNumber(t types.Type) bool {
	if _, ok := t.(*types.TypeParam); ok {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsNumeric != 0
}

var inverses = map[token.Token]token.Token{token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN, token.MUL_ASSIGN: token.QUO_ASSIGN, token.QUO_ASSIGN: token.MUL_ASSIGN}

func (w *rewriter) assignment(n *ast.AssignStmt) (string, bool) {
	inverse, ok := inverses[n.Tok]
	if !ok {
		return "", false
	}
	x, y := w.render(n.Lhs[0]), w.render(n.Rhs[0])
	isNumber := isNumber(w.pkg.info.Types[n.Lhs[0]].Type)
	if w.headers[n] {
		function := map[token.Token]string{token.ADD_ASSIGN: "muAdd", token.SUB_ASSIGN: "muSub"}[n.Tok]
		if !isNumber || function == "" {
			return "", false
		}
		return fmt.Sprintf("%s = %s(%d, %s, %s)", x, function, w.next(n.TokPos, "%s to %s", n.Tok, inverse), x, y), true
	}
	id := w.next(n.TokPos, "%s to =", n.Tok)
	if !isNumber {
		return fmt.Sprintf("if mu(%d) { %s = %s } else { %s %s %s }", id, x, y, x, n.Tok, y), true
	}
	other := w.next(n.TokPos, "%s to %s", n.Tok, inverse)
	return fmt.Sprintf("if mu(%d) { %s = %s } else if mu(%d) { %s %s %s } else { %s %s %s }", id, x, y, other, x, inverse, y, x, n.Tok, y), true
}

func (w *rewriter) branch(n *ast.BranchStmt) (string, bool) {
	other := map[token.Token]token.Token{token.BREAK: token.CONTINUE, token.CONTINUE: token.BREAK}[n.Tok]
	if other == token.ILLEGAL || !w.loops[n] {
		return "", false
	}
	label := ""
	if n.Label != nil {
		label = " " + n.Label.Name
	}
	return fmt.Sprintf("if mu(%d) { %s%s }; %s%s", w.next(n.TokPos, "%s to %s", n.Tok, other), other, label, n.Tok, label), true
}
