package graph

import (
	"errors"
	"fmt"

	"github.com/coder/websocket"

	"tributary/internal/access"
	"tributary/internal/fault"
)

// closing ends a WebSocket: the code is one of graphql-transport-ws, or of WebSockets. docs/api.md lists them.
type closing struct {
	code   websocket.StatusCode
	reason string
}

func (c closing) Error() string { return fmt.Sprintf("%d %s", c.code, c.reason) }

var (
	closeMalformed    = closing{4400, "Bad request"}
	closeUnauthorized = closing{4401, "Unauthorized"}
	closeForbidden    = closing{4403, "Forbidden"}
	closeSubprotocol  = closing{4406, "Subprotocol not acceptable"}
	closeInitTimeout  = closing{4408, "Connection initialisation timeout"}
	closeSecondInit   = closing{4429, "Too many initialisation requests"}
	closeInternal     = closing{4500, "Internal server error"}
	closeStopping     = closing{websocket.StatusGoingAway, "The server stops"}
	closeLater        = closing{websocket.StatusTryAgainLater, "Try again later"}
)

const maxReasonBytes = 123 // of a close frame

// closeDuplicate is for an operation whose id belongs to one that is still running.
func closeDuplicate(id string) closing {
	reason := fmt.Sprintf("Subscriber for %s already exists", shorten(id))
	return closing{4409, reason[:min(len(reason), maxReasonBytes)]}
}

// The reasons for which the server ends a stream, or does not begin one.
var (
	errStopping         = fault.New(fault.Unavailable, "SERVER_STOPPING", "the server stops; connect again")
	errStreamTooSlow    = fault.New(fault.Unavailable, "STREAM_TOO_SLOW", "events came faster than they were taken; connect again")
	errTooManyStreams   = fault.New(fault.Unavailable, "CONNECTIONS_TOO_MANY", "at most %d connections that stay open", maxConnections)
	errTooManyListeners = fault.New(fault.Unavailable, "SUBSCRIPTIONS_TOO_MANY", "at most %d subscriptions over all connections", maxSubscriptions)
	errTooManyAtOnce    = fault.New(fault.Unavailable, "OPERATIONS_TOO_MANY", "at most %d operations at once on a connection", maxOperations)
	errServerFull       = fault.New(fault.Unavailable, "SERVER_FULL", "the server has no room for another connection; try again later")
	errGone             = errors.New("graph: the other side is gone")
)

// closingFor gives the close code that a WebSocket ends with for a reason.
func closingFor(cause error) closing {
	var c closing
	switch {
	case errors.As(cause, &c):
		return c
	case errors.Is(cause, errStopping):
		return closeStopping
	case errors.Is(cause, errStreamTooSlow), errors.Is(cause, errTooManyStreams), errors.Is(cause, errServerFull):
		return closeLater
	case errors.Is(cause, access.ErrUnauthenticated):
		return closeForbidden
	}
	return closeInternal
}
