// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/korender/korender/render/manifest"
)

var configMaps = schema.GroupResource{Resource: "configmaps"}

// answered is an answer of a server.
func answered(code int32, reason metav1.StatusReason, details *metav1.StatusDetails) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Code: code, Reason: reason, Message: "the text of the server quotes planted", Details: details,
	}}
}

// plainly500 is how a server answers with an error that it has no status for.
func plainly500(text string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Code: http.StatusInternalServerError, Message: text}}
}

// immutable is the refusal to change a field, with its value in the text.
func immutable() error {
	return apierrors.NewInvalid(schema.GroupKind{Kind: "ConfigMap"}, "cm", field.ErrorList{
		field.Invalid(field.NewPath("spec", "selector"), "planted", "field is immutable"),
		field.Required(field.NewPath("spec", "ports").Index(0).Child("port"), "planted"),
	})
}

// conflict is a server-side apply that another manager stands against.
func conflict() error {
	return apierrors.NewApplyConflict([]metav1.StatusCause{
		{Type: metav1.CauseTypeFieldManagerConflict, Message: `conflict with "them"`, Field: ".data.a"},
	}, "planted")
}

func TestFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err       error
		text      string
		permanent bool
		after     time.Duration
	}{
		"400":           {answered(400, metav1.StatusReasonBadRequest, nil), "apply ConfigMap/ns/cm: BadRequest", true, muchMore},
		"401":           {answered(401, metav1.StatusReasonUnauthorized, nil), "apply ConfigMap/ns/cm: Unauthorized", false, later},
		"403":           {apierrors.NewForbidden(configMaps, "cm", errors.New("planted")), "apply ConfigMap/ns/cm: Forbidden", false, later},
		"404":           {apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "ns"), "apply ConfigMap/ns/cm: NotFound", false, later},
		"408":           {answered(408, metav1.StatusReasonTimeout, nil), "apply ConfigMap/ns/cm: Timeout", false, 4 * time.Second},
		"409":           {apierrors.NewConflict(configMaps, "cm", errors.New("planted")), "apply ConfigMap/ns/cm: Conflict", false, 4 * time.Second},
		"409 of a name": {apierrors.NewAlreadyExists(configMaps, "cm"), "apply ConfigMap/ns/cm: AlreadyExists", false, 4 * time.Second},
		"415":           {answered(415, "", nil), "apply ConfigMap/ns/cm: Unsupported Media Type", true, muchMore},
		"422":           {immutable(), "apply ConfigMap/ns/cm: Invalid (spec.selector: FieldValueInvalid, spec.ports[0].port: FieldValueRequired)", true, muchMore},
		"422 of another uid": {
			answered(422, metav1.StatusReasonInvalid, &metav1.StatusDetails{Causes: []metav1.StatusCause{{Type: metav1.CauseTypeFieldValueInvalid, Field: "metadata.uid"}}}),
			"apply ConfigMap/ns/cm: Invalid (metadata.uid: FieldValueInvalid)", false, 4 * time.Second,
		},
		"429":                {apierrors.NewTooManyRequests("planted", 7), "apply ConfigMap/ns/cm: TooManyRequests", false, 7 * time.Second},
		"429 without a time": {answered(429, metav1.StatusReasonTooManyRequests, nil), "apply ConfigMap/ns/cm: TooManyRequests", false, 4 * time.Second},
		"500":                {apierrors.NewInternalError(errors.New("planted")), "apply ConfigMap/ns/cm: InternalError", false, 4 * time.Second},
		"500 of a field that is not declared": {
			plainly500("failed to create typed patch object (ns/cm; /v1, Kind=ConfigMap): .foo: field not declared in schema"),
			"apply ConfigMap/ns/cm: Invalid (.foo: field not declared in schema)", true, muchMore,
		},
		"500 of a field of another type": {
			plainly500("failed to create typed patch object (ns/cm; /v1, Kind=ConfigMap): .data: expected map, got &{[planted]}"),
			"apply ConfigMap/ns/cm: Invalid (.data)", true, muchMore,
		},
		"503":           {apierrors.NewServiceUnavailable("planted"), "apply ConfigMap/ns/cm: ServiceUnavailable", false, 4 * time.Second},
		"504":           {apierrors.NewTimeoutError("planted", 0), "apply ConfigMap/ns/cm: Timeout", false, 4 * time.Second},
		"no such kind":  {&meta.NoKindMatchError{GroupKind: schema.GroupKind{Kind: "X"}}, "apply ConfigMap/ns/cm: NotServed", false, later},
		"no connection": {&net.OpError{Op: "dial", Err: errors.New("planted")}, "apply ConfigMap/ns/cm: Unreachable", false, 4 * time.Second},
		"out of time":   {fmt.Errorf("planted: %w", context.DeadlineExceeded), "apply ConfigMap/ns/cm: Timeout", false, 4 * time.Second},
		"cancelled":     {context.Canceled, "apply ConfigMap/ns/cm: Cancelled", false, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := failed(oneID, "apply", c.err, 2)
			assert.Equal(t, c.text, f.Error())
			assert.Equal(t, c.permanent, f.Permanent)
			assert.Equal(t, c.after, f.After)
			assert.ErrorIs(t, f, c.err)
		})
	}
}

func TestFailureOfASecretTellsNothing(t *testing.T) {
	t.Parallel()
	secret := failed(manifest.ID{APIVersion: "v1", Kind: "Secret", Namespace: "ns", Name: "s"}, "apply", immutable(), 0)
	assert.Equal(t, "apply Secret/ns/s: Invalid (spec.selector: FieldValueInvalid, spec.ports[0].port: FieldValueRequired)", secret.Error())
	assert.NoError(t, errors.Unwrap(secret))
	assert.Empty(t, secret.Answer)
	assert.NotContains(t, fmt.Sprintf("%+v %#v", secret, secret), "planted")
	sealed := failed(manifest.ID{APIVersion: "sealed.test/v1", Kind: "Secret", Name: "s"}, "apply", answered(http.StatusBadRequest, "", nil), 0)
	assert.Equal(t, "the text of the server quotes planted", sealed.Answer, "another kind of that name")
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `conflict with "them": .data.a`, conflicts(conflict()))
	assert.Empty(t, conflicts(apierrors.NewConflict(configMaps, "cm", errors.New("x"))))
	assert.Empty(t, conflicts(errors.New("x")))
}
