package stripesim

import (
	"encoding/json"
	"net/http"
)

// answer is a status and a body to be encoded as JSON.
type answer struct {
	status int
	body   any
	header map[string]string
	store  bool // kept under the idempotency key, as Stripe does once an endpoint began executing
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body, store: true} }

func send(w http.ResponseWriter, requestID string, a answer) {
	body, err := json.Marshal(a.body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", requestID)
	w.Header().Set("Stripe-Version", APIVersion)
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // a client that went away is no fault of ours
}

func failure(status int, kind, code, param, message string) answer {
	e := map[string]any{"type": kind, "message": message}
	if code != "" {
		e["code"] = code
	}
	if param != "" {
		e["param"] = param
	}
	return answer{status: status, body: map[string]any{"error": e}}
}

// invalid says that a parameter is wrong: the endpoint did not run, so nothing is kept under the key.
func invalid(code, param, message string) answer {
	return failure(http.StatusBadRequest, "invalid_request_error", code, param, message)
}

// refusal is a business refusal: the endpoint ran, so the answer is kept under the key.
func refusal(code, message string) answer {
	a := invalid(code, "", message)
	a.store = true
	return a
}

func missingParam(param string) answer {
	return invalid("parameter_missing", param, "Missing required param: "+param+".")
}

func notPositive(param string) answer {
	return invalid("parameter_invalid_integer", param, "Invalid positive integer")
}

func noSuch(what, id string) answer {
	return failure(http.StatusNotFound, "invalid_request_error", "resource_missing", "id", "No such "+what+": '"+id+"'")
}

func noAccess(account string) answer {
	return failure(http.StatusForbidden, "invalid_request_error", "account_invalid", "",
		"The provided key does not have access to account '"+account+"' (or that account does not exist).")
}

func internalError() answer {
	return failure(http.StatusInternalServerError, "api_error", "", "", "An unknown error occurred")
}

func listOf(data []any, more bool, url string) map[string]any {
	return map[string]any{"object": "list", "data": data, "has_more": more, "url": url}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
