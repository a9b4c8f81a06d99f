// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// TestPlane starts everything, watches a Deployment become available and a Job complete, and stops everything.
func TestPlane(t *testing.T) {
	t.Parallel()
	plane, err := Start(t.Context(), os.Stderr)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, plane.Stop(), "a second stop does nothing") })
	require.NoError(t, plane.StartControllers(t.Context()))
	client, err := kubernetes.NewForConfig(plane.Config)
	require.NoError(t, err)

	version, err := client.Discovery().ServerVersion()
	require.NoError(t, err)
	assert.Equal(t, kubernetesVersion, version.GitVersion)

	deployments, jobs := client.AppsV1().Deployments("default"), client.BatchV1().Jobs("default")
	_, err = deployments.Create(t.Context(), deployment(), metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = jobs.Create(t.Context(), job(), metav1.CreateOptions{})
	require.NoError(t, err)
	eventually(t, "the Deployment to be available", func(ctx context.Context) bool {
		d, err := deployments.Get(ctx, "web", metav1.GetOptions{})
		return err == nil && d.Status.AvailableReplicas == 2
	})
	eventually(t, "the Job to be complete", func(ctx context.Context) bool {
		j, err := jobs.Get(ctx, "once", metav1.GetOptions{})
		return err == nil && j.Status.Succeeded == 1 && j.Status.CompletionTime != nil
	})
	require.NoError(t, deployments.Delete(t.Context(), "web", metav1.DeleteOptions{}))
	eventually(t, "the Deployment's pods to be gone", func(ctx context.Context) bool {
		pods, err := client.CoreV1().Pods("default").List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
		return err == nil && len(pods.Items) == 0
	})

	require.NoError(t, plane.Stop())
	for _, p := range plane.processes {
		assert.True(t, p.dead(), "%s has ended", p.name)
	}
	assert.NoDirExists(t, plane.dir)
	_, err = client.Discovery().ServerVersion()
	var refused *url.Error
	assert.ErrorAs(t, err, &refused)
}

// TestFailure shows what is said of a server that does not start.
func TestFailure(t *testing.T) {
	t.Parallel()
	binaries, err := Build(t.Context(), os.Stderr)
	require.NoError(t, err)
	plane := &Plane{binaries: binaries, dir: t.TempDir()}
	require.NoError(t, plane.run(etcd, []string{"--no-such-flag"}))
	err = plane.await(t.Context(), "readiness", func() error { return os.ErrNotExist })
	require.Error(t, err)
	assert.Contains(t, err.Error(), "wait for readiness: etcd: exit status 2")
	assert.Contains(t, err.Error(), "no-such-flag")
}

func eventually(t *testing.T, what string, done func(context.Context) bool) {
	t.Helper()
	assert.Eventually(t, func() bool { return done(t.Context()) }, time.Minute, 100*time.Millisecond, "wait for %s", what)
}

func deployment() *appsv1.Deployment {
	labels := map[string]string{"app": "web"}
	replicas := int32(2)
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: pod(labels, corev1.RestartPolicyAlways),
		},
	}
}

func job() *batchv1.Job {
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "once"},
		Spec:       batchv1.JobSpec{Template: pod(nil, corev1.RestartPolicyNever)},
	}
}

func pod(labels map[string]string, restart corev1.RestartPolicy) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: labels},
		Spec: corev1.PodSpec{
			RestartPolicy: restart,
			Containers:    []corev1.Container{{Name: "main", Image: "registry.example.com/main:1"}},
		},
	}
}
