// Package api has the options of the clients of iaas.
package api

import "github.com/sacloud/sacloud-sdk-go/api/iaas"

// ClientOptions are the options of a client.
type ClientOptions = iaas.ClientOptions

// CallerOptions are the options of a caller.
type CallerOptions struct {
	Options     *ClientOptions
	UserAgent   string
	DefaultZone string
	Zones       []string
	APIRootURL  string
}

// DefaultOption returns empty options.
func DefaultOption() (*CallerOptions, error) { return &CallerOptions{}, nil }

// MergeOptions returns the last options.
func MergeOptions(options ...*CallerOptions) *CallerOptions { return options[len(options)-1] }
