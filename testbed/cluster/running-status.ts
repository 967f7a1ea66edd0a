const CONTAINERS_RUNNING = `containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ .image | Quote }}
  ready: true
  started: true
  restartCount: 0
  state:
    waiting: null
    running:
      startedAt: {{ Now | Quote }}
{{ end }}
`;

/** The status of a pod whose containers all run, as kwok's template. `address` is a template expression. */
export function runningStatus(address: string): string {
  return `
phase: Running
startTime: {{ or .status.startTime Now | Quote }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
hostIPs:
- ip: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ ${address} | Quote }}
podIPs:
- ip: {{ ${address} | Quote }}
conditions:
{{ range $type := list "PodReadyToStartContainers" "Initialized" "Ready" "ContainersReady" }}
- type: {{ $type }}
  status: "True"
  reason: ""
  message: ""
  lastTransitionTime: {{ Now | Quote }}
{{ end }}
{{ range .spec.readinessGates }}
- type: {{ .conditionType | Quote }}
  status: "True"
  lastTransitionTime: {{ Now | Quote }}
{{ end }}
{{ if .spec.initContainers }}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ .image | Quote }}
  ready: true
  restartCount: 0
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ Now | Quote }}
      finishedAt: {{ Now | Quote }}
{{ end }}
{{ end }}
${CONTAINERS_RUNNING}`;
}
