// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

const serviceRange = "10.96.0.0/16"

// auditPolicy has every request logged once it is answered, and with its body if it writes, but for those of the server
// itself, and the reads of the administrator, as whom the controllers work and tests look at things. A Secret's value
// does not belong into a log.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
omitManagedFields: true
rules:
- level: None
  users: ["system:apiserver"]
- level: Metadata
  nonResourceURLs: ["/version*"]
- level: None
  users: [admin]
  verbs: [get, list, watch, deletecollection]
- level: Metadata
  resources: [{group: "", resources: [secrets]}, {group: "", resources: [serviceaccounts/token]}]
- level: Request
  verbs: [create, update, patch, delete, deletecollection]
- level: Metadata
`

// files are the credentials of one plane, made when it starts and worth nothing afterwards.
type files struct {
	dir   string
	token string // of a user who may do everything
}

func newFiles(dir string) (*files, error) {
	token := make([]byte, 16)
	if _, err := rand.Read(token); err != nil {
		return nil, err
	}
	f := &files{dir: dir, token: hex.EncodeToString(token)}
	if err := os.WriteFile(f.auditPolicy(), []byte(auditPolicy), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(f.tokens(), []byte(f.token+",admin,admin,system:masters\n"), 0o600); err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return f, os.WriteFile(f.accountKey(), pem.EncodeToMemory(block), 0o600)
}

func (f *files) tokens() string      { return filepath.Join(f.dir, "tokens.csv") }
func (f *files) accountKey() string  { return filepath.Join(f.dir, "service-accounts.pem") }
func (f *files) kubeconfig() string  { return filepath.Join(f.dir, "kubeconfig") }
func (f *files) auditPolicy() string { return filepath.Join(f.dir, "audit.yaml") }
func (f *files) auditLog() string    { return filepath.Join(f.dir, "audit.log") }

// servingCert is the certificate that the server makes for itself, with the authority that signed it.
func (f *files) servingCert() string { return filepath.Join(f.dir, "apiserver.crt") }

// writeKubeconfig needs the server's certificate to be there.
func (f *files) writeKubeconfig(server string) error {
	authority, err := os.ReadFile(f.servingCert())
	if err != nil {
		return err
	}
	if rest := authority; !completePEM(rest) {
		return fmt.Errorf("%s is not complete yet", f.servingCert())
	}
	const name = "test"
	config := api.NewConfig()
	config.Clusters[name] = &api.Cluster{Server: server, CertificateAuthorityData: authority}
	config.AuthInfos[name] = &api.AuthInfo{Token: f.token}
	config.Contexts[name] = &api.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, f.kubeconfig())
}

// completePEM tells whether text is one or more PEM blocks and nothing else.
func completePEM(text []byte) bool {
	block, rest := pem.Decode(text)
	for block != nil && len(rest) > 0 {
		block, rest = pem.Decode(rest)
	}
	return block != nil
}

func etcdArgs(store, dir string) []string {
	return []string{
		"--data-dir=" + filepath.Join(dir, "etcd"),
		"--listen-client-urls=" + store,
		"--advertise-client-urls=" + store,
		"--listen-peer-urls=http://127.0.0.1:0",
		"--unsafe-no-fsync",
		"--log-level=warn",
	}
}

func (f *files) apiserverArgs(store string, port int) []string {
	return []string{
		"--etcd-servers=" + store,
		"--bind-address=127.0.0.1",
		"--secure-port=" + strconv.Itoa(port),
		"--cert-dir=" + f.dir,
		"--token-auth-file=" + f.tokens(),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + f.accountKey(),
		"--service-account-signing-key-file=" + f.accountKey(),
		"--service-cluster-ip-range=" + serviceRange,
		"--allow-privileged=true",
		"--endpoint-reconciler-type=none", // it refuses loopback addresses
		// Without kube-controller-manager nobody makes the accounts that it would ask for.
		"--disable-admission-plugins=ServiceAccount",
		"--profiling=false",
		"--audit-policy-file=" + f.auditPolicy(),
		"--audit-log-path=" + f.auditLog(),
		"--audit-log-maxsize=100000", // megabytes: it is one file, from the beginning to the end
	}
}

func (f *files) controllerManagerArgs() []string {
	return []string{
		"--kubeconfig=" + f.kubeconfig(),
		"--service-account-private-key-file=" + f.accountKey(),
		"--root-ca-file=" + f.servingCert(),
		"--secure-port=0",
		"--leader-elect=false",
		"--service-cluster-ip-range=" + serviceRange,
		// The one node has no kubelet that would renew its lease: nobody shall evict its pods.
		"--controllers=*,-node-lifecycle-controller,-node-ipam-controller",
	}
}
