// Command sync-peer is the Go program that `npm run bench:sync` runs beside the operator: client-go shared informers
// over WatchList with a trimming transform, holding what the operator holds (nodes, pods by node, the
// aws-node DaemonSet, events of refused sandboxes). It syncs once, says what that took as one line of JSON, and ends.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

type result struct {
	SyncMs        int64  `json:"syncMs"`
	PeakRSSBytes  int64  `json:"peakRssBytes"`
	HeapBytes     int64  `json:"heapBytes"`
	CPUMs         int64  `json:"cpuMs"`
	Requests      int64  `json:"requests"`
	Nodes         int    `json:"nodes"`
	Pods          int    `json:"pods"`
	GoVersion     string `json:"goVersion"`
	ClientVersion string `json:"clientVersion"`
}

type countingTransport struct {
	next     http.RoundTripper
	requests *atomic.Int64
}

func (t countingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	t.requests.Add(1)
	return t.next.RoundTrip(request)
}

// trimmed keeps what an address need depends on and drops the rest before it is stored.
func trimmed(object any) (any, error) {
	switch whole := object.(type) {
	case *corev1.Pod:
		return &corev1.Pod{
			ObjectMeta: identity(whole.ObjectMeta),
			Spec:       corev1.PodSpec{NodeName: whole.Spec.NodeName, HostNetwork: whole.Spec.HostNetwork},
			Status:     corev1.PodStatus{Phase: whole.Status.Phase, Conditions: addressConditions(whole.Status.Conditions)},
		}, nil
	case *corev1.Node:
		meta := identity(whole.ObjectMeta)
		meta.Labels = whole.Labels
		return &corev1.Node{
			ObjectMeta: meta,
			Spec:       corev1.NodeSpec{ProviderID: whole.Spec.ProviderID, Unschedulable: whole.Spec.Unschedulable},
			Status: corev1.NodeStatus{
				Capacity:   corev1.ResourceList{corev1.ResourcePods: whole.Status.Capacity[corev1.ResourcePods]},
				Conditions: readyCondition(whole.Status.Conditions),
			},
		}, nil
	case *appsv1.DaemonSet:
		return whole, nil
	}
	return object, nil
}

func identity(meta metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:              meta.Name,
		Namespace:         meta.Namespace,
		UID:               meta.UID,
		ResourceVersion:   meta.ResourceVersion,
		CreationTimestamp: meta.CreationTimestamp,
	}
}

func addressConditions(all []corev1.PodCondition) []corev1.PodCondition {
	var kept []corev1.PodCondition
	for _, condition := range all {
		if condition.Type == corev1.PodScheduled || condition.Type == corev1.PodReadyToStartContainers {
			kept = append(kept, corev1.PodCondition{
				Type:               condition.Type,
				Status:             condition.Status,
				LastTransitionTime: condition.LastTransitionTime,
			})
		}
	}
	return kept
}

func readyCondition(all []corev1.NodeCondition) []corev1.NodeCondition {
	for _, condition := range all {
		if condition.Type == corev1.NodeReady {
			return []corev1.NodeCondition{{Type: condition.Type, Status: condition.Status}}
		}
	}
	return nil
}

func byNode(object any) ([]string, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" {
		return nil, nil
	}
	return []string{pod.Spec.NodeName}, nil
}

// factory makes informers of one scope that trim what they store; a selector is worked out by the API server.
func factory(client kubernetes.Interface, namespace, fieldSelector string) informers.SharedInformerFactory {
	return informers.NewSharedInformerFactoryWithOptions(
		client, 0,
		informers.WithNamespace(namespace),
		informers.WithTransform(trimmed),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.FieldSelector = fieldSelector }),
	)
}

func run(kubeconfig, contentType string) (result, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return result{}, err
	}
	var requests atomic.Int64
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return countingTransport{next, &requests} })
	if contentType == "protobuf" {
		config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
		config.ContentType = "application/vnd.kubernetes.protobuf"
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return result{}, err
	}
	startedAt := time.Now()
	nodeFactory := factory(client, metav1.NamespaceAll, "")
	nodes := nodeFactory.Core().V1().Nodes().Informer()
	podFactory := factory(client, metav1.NamespaceAll, "status.phase!=Succeeded,status.phase!=Failed")
	pods := podFactory.Core().V1().Pods().Informer()
	eventFactory := factory(client, metav1.NamespaceAll, "reason=FailedCreatePodSandBox")
	events := eventFactory.Core().V1().Events().Informer()
	daemonSetFactory := factory(client, "kube-system", "metadata.name=aws-node")
	daemonSets := daemonSetFactory.Apps().V1().DaemonSets().Informer()
	if err := pods.AddIndexers(cache.Indexers{"node": byNode}); err != nil {
		return result{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	for _, each := range []informers.SharedInformerFactory{nodeFactory, podFactory, eventFactory, daemonSetFactory} {
		each.Start(ctx.Done())
	}
	if !cache.WaitForCacheSync(ctx.Done(), pods.HasSynced, nodes.HasSynced, events.HasSynced, daemonSets.HasSynced) {
		return result{}, fmt.Errorf("the caches did not sync in ten minutes")
	}
	synced := time.Since(startedAt)
	peak := peakRSSBytes()
	cpu := cpuMs()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return result{
		SyncMs:        synced.Milliseconds(),
		PeakRSSBytes:  peak,
		HeapBytes:     int64(memory.HeapAlloc),
		CPUMs:         cpu,
		Requests:      requests.Load(),
		Nodes:         len(nodes.GetStore().ListKeys()),
		Pods:          len(pods.GetStore().ListKeys()),
		GoVersion:     runtime.Version(),
		ClientVersion: clientVersion(),
	}, nil
}

// peakRSSBytes is VmHWM of this process: the most it ever had resident.
func peakRSSBytes() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if kilobytes, found := strings.CutPrefix(line, "VmHWM:"); found {
			value, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kilobytes), "kB")), 10, 64)
			return value * 1024
		}
	}
	return 0
}

func clientVersion() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, module := range build.Deps {
		if module.Path == "k8s.io/client-go" {
			return module.Version
		}
	}
	return "unknown"
}

func main() {
	kubeconfig := flag.String("kubeconfig", os.Getenv("KUBECONFIG"), "kubeconfig of the API server")
	contentType := flag.String("content-type", "json", "json or protobuf")
	flag.Parse()
	outcome, err := run(*kubeconfig, *contentType)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(outcome)
}
