{{/* Name of the release's objects. */}}
{{- define "cni-tuner.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "cni-tuner.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "cni-tuner.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "cni-tuner.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "cni-tuner.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "cni-tuner.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* repository:tag, and @digest where one is given. */}}
{{- define "cni-tuner.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- if .Values.image.digest -}}
{{- printf "%s:%s@%s" .Values.image.repository $tag .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{/* Subject of every binding. */}}
{{- define "cni-tuner.subjects" -}}
- kind: ServiceAccount
  name: {{ include "cni-tuner.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* What a ServiceMonitor and a PodMonitor say alike about one endpoint: `monitor` is the part of the values, `root` the rest. */}}
{{- define "cni-tuner.scrape" -}}
port: metrics
path: /metrics
{{- with .root.Values.metrics }}
{{- if .secure }}
scheme: https
{{- with .tokenSecret.name }}
authorization:
  credentials:
    name: {{ . }}
    key: {{ $.root.Values.metrics.tokenSecret.key }}
{{- else }}
{{- if eq $.kind "PodMonitor" }}
{{- fail "metrics.podMonitor with metrics.secure needs metrics.tokenSecret.name: a PodMonitor cannot have Prometheus show its own token" }}
{{- end }}
bearerTokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
{{- end }}
tlsConfig:
  {{- with .tlsSecret }}
  serverName: {{ include "cni-tuner.fullname" $.root }}-metrics.{{ $.root.Release.Namespace }}.svc
  ca:
    secret:
      name: {{ . }}
      key: ca.crt
  {{- else }}
  insecureSkipVerify: true
  {{- end }}
{{- end }}
{{- end }}
{{- with .monitor.interval }}
interval: {{ . }}
{{- end }}
{{- with .monitor.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .monitor.relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .monitor.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
