// Package regfishapi stands in for a client of regfish that the module proxy
// does not have. Traefik would use it for certificates only. Every call fails.
package regfishapi

import (
	"context"
	"errors"
	"net/http"
)

var errAbsent = errors.New("the client of regfish is not part of this build")

// Record is a record of a zone.
type Record struct {
	ID, TTL          int
	Name, Type, Data string
}

// Client sends requests.
type Client struct{ Client *http.Client }

// NewClient returns a client that fails.
func NewClient(string) *Client { return &Client{} }

// AddRecord fails.
func (*Client) AddRecord(context.Context, Record) (Record, error) { return Record{}, errAbsent }

// DeleteRecordByRRID fails.
func (*Client) DeleteRecordByRRID(context.Context, int) error { return errAbsent }
