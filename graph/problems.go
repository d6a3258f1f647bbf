package graph

import (
	"context"
	"maps"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// explain says the few problems of an invalid document again with suggestions. Many problems or long ones get none,
// since each suggestion compares a name with all others.
func (t httpTransport) explain(query string, problems gqlerror.List) gqlerror.List {
	if len(problems) > maxProblems {
		return problems
	}
	for _, problem := range problems {
		if problem.Extensions["code"] != errcode.ValidationFailed || len(problem.Message) > maxProblemBytes {
			return problems
		}
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, maxTokens)
	if err != nil {
		return problems
	}
	explained := validator.ValidateWithRules(t.schema, document, helpfulRules())
	if len(explained) == 0 {
		return problems // it is the variables that are wrong, or the name of the operation
	}
	for _, problem := range explained {
		errcode.Set(problem, errcode.ValidationFailed)
	}
	return explained
}

// tell shows what is wrong with a request, with the request's id: the first problems, each once and in few words.
func tell(ctx context.Context, problems gqlerror.List) gqlerror.List {
	shown, said := gqlerror.List{}, map[string]bool{}
	for _, problem := range problems {
		if len(shown) == maxProblems {
			break
		}
		if said[problem.Message] && problem.Path == nil {
			continue
		}
		said[problem.Message] = true
		one := *problem
		one.Err = nil
		one.Message = shorten(problem.Message)
		one.Path = nil
		for _, step := range problem.Path {
			if name, ok := step.(ast.PathName); ok {
				step = ast.PathName(shorten(string(name)))
			}
			one.Path = append(one.Path, step)
		}
		one.Locations = problem.Locations[:min(len(problem.Locations), maxProblems)]
		one.Extensions = map[string]any{"code": "BAD_USER_INPUT"}
		maps.Copy(one.Extensions, problem.Extensions)
		one.Extensions["requestId"] = requestIDOf(ctx)
		shown = append(shown, &one)
	}
	return shown
}

// shorten cuts a text of the sender's own, which may be as long as the request.
func shorten(text string) string {
	if len(text) <= maxProblemBytes {
		return text
	}
	end := maxProblemBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
