// Package defaults has the defaults of iaas.
package defaults

import "time"

// DefaultStatePollingTimeout limits the time of a change.
var DefaultStatePollingTimeout time.Duration
