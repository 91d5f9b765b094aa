// Package ext stands in for a module of Traefik's repository that the module
// proxy does not have. It extends the dynamic configuration with nothing.
package ext

// HTTP adds nothing to the HTTP configuration.
type HTTP struct{}

// DeepCopyInto copies the receiver into out.
func (in *HTTP) DeepCopyInto(out *HTTP) { *out = *in }

// Router adds nothing to the configuration of a router.
type Router struct{}

// DeepCopyInto copies the receiver into out.
func (in *Router) DeepCopyInto(out *Router) { *out = *in }
