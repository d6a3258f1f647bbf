package graph

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/coder/websocket"
)

// message is what goes over the wire in both directions.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// take acts on one message. The error ends the connection.
func (s *socket) take(text []byte, late *time.Timer) error {
	if tooManyValues(text, valuesFor(s.by)) {
		return closing{websocket.StatusMessageTooBig, "The message has too many values"}
	}
	var m message
	if err := decode(text, &m); err != nil {
		return closeMalformed
	}
	switch m.Type {
	case "connection_init":
		return s.init(m.Payload, late)
	case "ping":
		return s.send(message{Type: "pong"})
	case "pong":
		return nil
	case "subscribe":
		return s.subscribe(m)
	case "complete":
		s.complete(m.ID)
		return nil
	}
	return closeMalformed
}

// init learns who is calling: from Authorization in the payload, or else from the header. Nobody without a credential
// keeps a connection open.
func (s *socket) init(payload json.RawMessage, late *time.Timer) error {
	if s.isInit {
		return closeSecondInit
	}
	s.isInit = true
	credential := s.header.Get("Authorization")
	if len(payload) > 0 {
		var p struct{ Authorization *string }
		if err := json.Unmarshal(payload, &p); err != nil {
			return closeMalformed
		}
		if p.Authorization != nil {
			credential = *p.Authorization
		}
	}
	streams, service := s.transport.services.Streams, s.transport.services.Access
	by, err := authenticate(s.ctx, service, credential)
	switch {
	case isRefused(err), err == nil && by.IsAnonymous():
		return closeForbidden
	case err != nil:
		return err
	}
	leave, err := streams.connect(by)
	if err != nil {
		return err
	}
	s.by, s.leave = by, leave
	late.Stop()
	s.work.Go(func() { streams.guardCredential(s.ctx, service, credential, by, s.end) })
	return s.send(message{Type: "connection_ack"})
}

// subscribe begins an operation of any kind.
func (s *socket) subscribe(m message) error {
	if s.leave == nil {
		return closeUnauthorized
	}
	var sent request
	if m.ID == "" || len(m.ID) > maxIDBytes || decode(m.Payload, &sent) != nil {
		return closeMalformed
	}
	params := sent.params()
	if params == nil {
		return closeMalformed
	}
	params.Headers = s.header
	o := &operation{socket: s, id: m.ID}
	ctx, err := s.admit(o)
	switch {
	case errors.Is(err, errTooManyAtOnce):
		o.refuse(s.ctx, err)
		return nil
	case err != nil:
		return err
	}
	s.work.Go(func() { o.run(ctx, params) })
	return nil
}

// admit makes room for an operation and gives the context that it runs in.
func (s *socket) admit(o *operation) (context.Context, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.running[o.id] != nil:
		return nil, closeDuplicate(o.id)
	case s.count >= maxOperations:
		return nil, errTooManyAtOnce
	}
	ctx, end := context.WithCancelCause(s.ctx)
	o.end = end
	s.running[o.id] = o
	s.count++
	return ctx, nil
}

// complete ends an operation that the client wants no more of; its id is free at once.
func (s *socket) complete(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.running[id]; o != nil {
		delete(s.running, id)
		o.end(errGone)
	}
}

// send writes one message. One that is not taken in time ends the connection.
func (s *socket) send(m message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), s.pace().writeWithin)
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, text); err != nil {
		s.end(errGone)
		return errGone
	}
	return nil
}
