{{- define "tollgate.labels" -}}
app.kubernetes.io/name: tollgate
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
{{- define "tollgate.image" -}}{{ .repository }}:{{ .tag }}{{ with .digest }}@{{ . }}{{ end }}{{- end -}}
{{- define "tollgate.pullSecrets" -}}{{- $names := list }}{{- range . }}{{- $names = append $names .name }}{{- end }}{{ join "," $names }}{{- end -}}
{{- define "tollgate.namespaces" -}}{{ default (list .Release.Namespace) .Values.watchNamespaces | join "," }}{{- end -}}
{{- define "tollgate.pairs" -}}{{- $pairs := list }}{{- range $k, $v := . }}{{- $pairs = append $pairs (printf "%s=%s" $k $v) }}{{- end }}{{ join "," $pairs }}{{- end -}}
{{- /* The user of all pods: a number, "assigned" where the cluster chooses it, nothing for the usual ones. */ -}}
{{- define "tollgate.podUser" -}}
{{- with .Values.podUser }}{{ if kindIs "string" . }}{{ . }}{{ else }}{{ int64 . }}{{ end }}
{{- else }}{{ if .Capabilities.APIVersions.Has "security.openshift.io/v1" }}assigned{{ end }}{{ end }}
{{- end -}}
{{- define "tollgate.runAs" -}}
runAsNonRoot: true
{{- $user := include "tollgate.podUser" . }}
{{- if ne $user "assigned" }}
runAsUser: {{ $user | default "10001" }}
runAsGroup: {{ $user | default "10001" }}
{{- end }}
seccompProfile: {type: RuntimeDefault}
{{- end -}}
