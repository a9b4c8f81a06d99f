// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/korender/korender/render/manifest"
)

// The reasons of refusals.
const (
	AccessDenied   = "AccessDenied"   // the account may not get the object
	NotServed      = "NotServed"      // the server has no such kind, or not in such a place
	CrossNamespace = "CrossNamespace" // the reader may see one namespace only
	Unavailable    = "Unavailable"    // the server does not answer, or not us
)

// Refusal says why it is not known whether an object exists. Message holds no value of any object.
type Refusal struct {
	ID      manifest.ID
	Reason  string
	Message string
}

// problem is a Refusal without its object.
type problem struct{ reason, message string }

func notServed(gvk schema.GroupVersionKind) *problem {
	return &problem{NotServed, kindText(gvk) + " is not served by the cluster"}
}

// kindText is Kind.group/version, as kubectl takes it but for the last sign.
func kindText(gvk schema.GroupVersionKind) string {
	text := gvk.GroupKind().String()
	if gvk.Version != "" {
		text += "/" + gvk.Version
	}
	return text
}

// unreadable is why an informer cannot be read.
func unreadable(r resource, err error) *problem {
	if apierrors.IsNotFound(err) {
		return notServed(r.kind)
	}
	return &problem{Unavailable, fmt.Sprintf("watch %s: %s", r.gvr.GroupResource(), words(err))}
}

// words are those of an error that can hold no value of an object: the server's message where it speaks of rights and
// resources, else its reason, and of transport errors what happened.
func words(err error) string {
	var transport *url.Error
	switch {
	case final(err), errors.Is(err, errStopped), errors.Is(err, errSlow), meta.IsNoMatchError(err):
		return err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "the server did not answer in time"
	case errors.As(err, &transport):
		return transport.Err.Error()
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		s := status.Status()
		return fmt.Sprintf("the server answered %d %s", s.Code, apierrors.ReasonForError(err))
	}
	return "the server's answer could not be read"
}
