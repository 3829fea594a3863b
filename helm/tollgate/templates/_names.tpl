{{- define "tollgate.labels" -}}
app.kubernetes.io/name: tollgate
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
{{- define "tollgate.image" -}}{{ .repository }}:{{ .tag }}{{ with .digest }}@{{ . }}{{ end }}{{- end -}}
{{- define "tollgate.pullSecrets" -}}{{- $names := list }}{{- range . }}{{- $names = append $names .name }}{{- end }}{{ join "," $names }}{{- end -}}
{{- define "tollgate.namespaces" -}}{{ default (list .Release.Namespace) .Values.watchNamespaces | join "," }}{{- end -}}
{{- define "tollgate.pairs" -}}{{- $pairs := list }}{{- range $k, $v := . }}{{- $pairs = append $pairs (printf "%s=%s" $k $v) }}{{- end }}{{ join "," $pairs }}{{- end -}}
