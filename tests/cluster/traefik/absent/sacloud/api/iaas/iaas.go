// Package iaas stands in for a client of SakuraCloud that the module proxy
// does not have. Traefik would use it for certificates only. It finds nothing.
package iaas

import (
	"context"
	"errors"
	"net/http"

	"github.com/sacloud/sacloud-sdk-go/api/iaas/search"
)

// The settings that the users of the client change.
var (
	DefaultUserAgent   = "absent"
	APIDefaultZone     string
	SakuraCloudZones   []string
	SakuraCloudAPIRoot string
)

var errAbsent = errors.New("the client of SakuraCloud is not part of this build")

type (
	// DNS is a zone.
	DNS struct {
		ID           int64
		Name         string
		Records      DNSRecords
		SettingsHash string
	}
	// DNSRecord is a record of a zone.
	DNSRecord struct {
		Name, Type, RData string
		TTL               int
	}
	// DNSRecords are the records of a zone.
	DNSRecords []*DNSRecord
	// DNSUpdateSettingsRequest changes a zone.
	DNSUpdateSettingsRequest struct {
		Records      DNSRecords
		SettingsHash string
	}
	// FindCondition selects zones.
	FindCondition struct{ Filter search.Filter }
	// DNSFindResult has the zones that were found.
	DNSFindResult struct{ DNS []*DNS }
	// DNSAPI finds and changes zones.
	DNSAPI interface {
		Find(ctx context.Context, conditions *FindCondition) (*DNSFindResult, error)
		UpdateSettings(ctx context.Context, id int64, request *DNSUpdateSettingsRequest) (*DNS, error)
	}
	// APICaller sends requests.
	APICaller interface{}
	// ClientOptions are the options of a client.
	ClientOptions struct {
		AccessToken, AccessTokenSecret, UserAgent string
		HttpClient                                *http.Client
	}
)

type absent struct{}

func (absent) Find(context.Context, *FindCondition) (*DNSFindResult, error) { return nil, errAbsent }

func (absent) UpdateSettings(context.Context, int64, *DNSUpdateSettingsRequest) (*DNS, error) {
	return nil, errAbsent
}

// IsNotFoundError never holds.
func IsNotFoundError(error) bool { return false }

// NewDNSOp returns a client that fails.
func NewDNSOp(APICaller) DNSAPI { return absent{} }

// NewClientWithOptions returns a caller that sends nothing.
func NewClientWithOptions(*ClientOptions) APICaller { return nil }
