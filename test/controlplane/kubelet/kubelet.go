// SPDX-License-Identifier: Apache-2.0

// Package kubelet pretends to be the scheduler and the kubelet of a cluster of one node: it binds every pod to that node
// and says at once that the pod runs or, where it is not to be restarted, that it has succeeded. Nothing is ever run.
// That is enough for the controllers of Deployments, StatefulSets, DaemonSets and Jobs to go on.
package kubelet

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Node is the name of the node.
const Node = "node-1"

// period is how often the kubelet looks at the pods. A few lists a second cost a small server nothing, need no cache and
// try again by themselves what has failed.
const period = 200 * time.Millisecond

type kubelet struct {
	client kubernetes.Interface
	pods   int // that got an address
}

// Run works until ctx ends. What fails is tried again: tests see what does not happen, and say so.
func Run(ctx context.Context, client kubernetes.Interface) {
	k := &kubelet{client: client}
	registered := false
	for ctx.Err() == nil {
		registered = registered || k.register(ctx) == nil
		if pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{ResourceVersion: "0"}); registered && err == nil {
			for i := range pods.Items {
				_ = k.advance(ctx, &pods.Items[i]) // a conflict means that the next look finds it changed
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(period):
		}
	}
}

// register makes the node, ready for pods.
func (k *kubelet) register(ctx context.Context) error {
	nodes := k.client.CoreV1().Nodes()
	node, err := nodes.Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: Node}}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return err
	}
	node.Spec.Taints = nil // the server adds not-ready, which nobody here would take away
	if node, err = nodes.Update(ctx, node, metav1.UpdateOptions{}); err != nil {
		return err
	}
	node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady"}}
	_, err = nodes.UpdateStatus(ctx, node, metav1.UpdateOptions{})
	return err
}

// advance takes a pod one step on.
func (k *kubelet) advance(ctx context.Context, pod *corev1.Pod) error {
	pods := k.client.CoreV1().Pods(pod.Namespace)
	switch {
	case pod.DeletionTimestamp != nil:
		return pods.Delete(ctx, pod.Name, *metav1.NewDeleteOptions(0))
	case pod.Spec.NodeName == "":
		return pods.Bind(ctx, &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Name: pod.Name},
			Target:     corev1.ObjectReference{Kind: "Node", Name: Node},
		}, metav1.CreateOptions{})
	case pod.Status.Phase == corev1.PodPending:
		k.run(pod)
		_, err := pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{})
		return err
	}
	return nil
}

// run fills in the status of a pod that runs, or is done.
func (k *kubelet) run(pod *corev1.Pod) {
	k.pods++
	done := pod.Spec.RestartPolicy != corev1.RestartPolicyAlways
	now := metav1.Now()
	s := &pod.Status
	s.Phase, s.StartTime = corev1.PodRunning, &now
	s.PodIP = fmt.Sprintf("10.0.%d.%d", k.pods/250, 1+k.pods%250)
	s.PodIPs = []corev1.PodIP{{IP: s.PodIP}}
	if done {
		s.Phase = corev1.PodSucceeded
	}
	for _, t := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		s.Conditions = append(s.Conditions, corev1.PodCondition{Type: t, Status: status(t, done), LastTransitionTime: now})
	}
	for _, c := range pod.Spec.Containers {
		s.ContainerStatuses = append(s.ContainerStatuses, container(c, done, now))
	}
}

func status(t corev1.PodConditionType, done bool) corev1.ConditionStatus {
	if done && (t == corev1.PodReady || t == corev1.ContainersReady) {
		return corev1.ConditionFalse
	}
	return corev1.ConditionTrue
}

func container(c corev1.Container, done bool, now metav1.Time) corev1.ContainerStatus {
	s := corev1.ContainerStatus{Name: c.Name, Image: c.Image, ImageID: c.Image, ContainerID: "pretended://" + c.Name}
	if done {
		s.State.Terminated = &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}
		return s
	}
	running := true
	s.Ready, s.Started = true, &running
	s.State.Running = &corev1.ContainerStateRunning{StartedAt: now}
	return s
}
