// SPDX-License-Identifier: Apache-2.0

package product

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/korender/korender/test/live/plane"
)

// ownNamespace is where live/config puts the controller.
const ownNamespace = "korender-system"

// account applies what live/config says of the controller's account, and returns a kubeconfig of it.
func (p *Product) account(ctx context.Context) (string, error) {
	if err := p.installRights(ctx); err != nil {
		return "", err
	}
	own := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ownNamespace, Name: "korender-live"}}
	token := &authenticationv1.TokenRequest{}
	if err := p.Client.SubResource("token").Create(ctx, own, token); err != nil {
		return "", fmt.Errorf("ask for a token of the controller: %w", err)
	}
	config, err := clientcmd.LoadFromFile(p.Kubeconfig)
	if err != nil {
		return "", err
	}
	for _, user := range config.AuthInfos {
		user.Token = token.Status.Token
	}
	file := filepath.Join(p.dir, "kubeconfig")
	return file, clientcmd.WriteToFile(*config, file)
}

// installRights applies the namespace, the account and the roles of live/config/rbac.
func (p *Product) installRights(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(plane.Root, "live", "config", "rbac", "*.yaml"))
	if err != nil {
		return err
	}
	own := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ownNamespace}}
	if err := client.IgnoreAlreadyExists(p.Client.Create(ctx, own)); err != nil {
		return err
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		objects, err := plane.Objects(text)
		if err != nil {
			return err
		}
		for _, o := range objects {
			if o.GetKind() == "Kustomization" {
				continue
			}
			if err := p.Apply(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// Tenant makes a namespace whose account "default" may do everything in it.
func (p *Product) Tenant(t *testing.T) string {
	t.Helper()
	namespace := p.Namespace(t)
	p.Allow(t, namespace, "default", rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}})
	return namespace
}

// Allow gives an account of a namespace a role there, in place of the one that it had from an earlier call.
func (p *Product) Allow(t *testing.T, namespace, account string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "of-" + account}, Rules: rules}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "of-" + account},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "of-" + account},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: account}},
	}
	require.NoError(t, client.IgnoreNotFound(p.Client.Delete(t.Context(), role.DeepCopy())))
	require.NoError(t, p.Client.Create(t.Context(), role))
	require.NoError(t, client.IgnoreAlreadyExists(p.Client.Create(t.Context(), binding)))
}
