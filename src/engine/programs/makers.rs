//! Programs that create Services out of custom resources, and no Ingress before its Service (rulebook 7.15).

use super::{MAKER, OPERATOR};
use crate::engine::model::{Maker, Program, When, Workloads};

/// The order decides if two programs create the same Service.
pub(super) const ALL: &[Program] = &[
    Program {
        name: "Flagger",
        makers: &[Maker {
            group: "flagger.app",
            kind: "Canary",
            services: &[
                "{spec.service.name}|{spec.targetRef.name}",
                "{spec.service.name}-primary|{spec.targetRef.name}-primary",
                "{spec.service.name}-canary|{spec.targetRef.name}-canary",
            ],
            when: When::Is("spec.targetRef.kind", &["Deployment", "DaemonSet"]),
            workloads: Some(Workloads {
                kinds: &["Deployment", "DaemonSet"],
                kind: "spec.targetRef.kind",
                name: "spec.targetRef.name",
            }),
            ..MAKER
        }],
        source: "fluxcd/flagger v1.44.0, pkg/apis/flagger/v1beta1/canary.go (GetServiceNames)",
        ..OPERATOR
    },
    Program {
        name: "the Elastic operator",
        makers: &[
            elastic(
                "elasticsearch.k8s.elastic.co",
                "Elasticsearch",
                &["{metadata.name}-es-http", "{metadata.name}-es-internal-http"],
            ),
            elastic("kibana.k8s.elastic.co", "Kibana", &["{metadata.name}-kb-http"]),
            elastic("apm.k8s.elastic.co", "ApmServer", &["{metadata.name}-apm-http"]),
            elastic("agent.k8s.elastic.co", "Agent", &["{metadata.name}-agent-http"]),
            elastic("maps.k8s.elastic.co", "ElasticMapsServer", &["{metadata.name}-ems-http"]),
            elastic("enterprisesearch.k8s.elastic.co", "EnterpriseSearch", &["{metadata.name}-ent-http"]),
            elastic("packageregistry.k8s.elastic.co", "PackageRegistry", &["{metadata.name}-epr-http"]),
        ],
        source: "elastic/cloud-on-k8s 7b93383d8, pkg/apis/elasticsearch/v1/name.go, pkg/controller/*/name.go",
        ..OPERATOR
    },
    Program {
        name: "Knative",
        makers: &[
            Maker { group: "serving.knative.dev", kind: "Service", services: &["{metadata.name}"], ..MAKER },
            Maker { group: "serving.knative.dev", kind: "Route", services: &["{metadata.name}"], ..MAKER },
        ],
        source: "knative/serving v1.23.0, pkg/reconciler/route/resources/names/names.go",
        ..OPERATOR
    },
    Program {
        name: "Tekton",
        makers: &[Maker {
            group: "triggers.tekton.dev",
            kind: "EventListener",
            typical: &["el-{metadata.name}"],
            ..MAKER
        }],
        source: "tektoncd/triggers v0.37.0, pkg/reconciler/eventlistener/eventlistener.go (GeneratedResourcePrefix)",
        ..OPERATOR
    },
    Program {
        name: "Argo Events",
        makers: &[Maker {
            group: "argoproj.io",
            kind: "EventSource",
            typical: &["{metadata.name}-eventsource-svc"],
            when: When::Has("spec.service"),
            ..MAKER
        }],
        source: "argoproj/argo-events 6478ece49, pkg/reconciler/eventsource/resource.go (buildService)",
        ..OPERATOR
    },
    Program {
        name: "the Prometheus operator",
        makers: &[
            governing("Prometheus", &["prometheus-operated"]),
            governing("Alertmanager", &["alertmanager-operated"]),
            governing("ThanosRuler", &["thanos-ruler-operated"]),
        ],
        source: "prometheus-operator/prometheus-operator v0.93.0, pkg/prometheus/server/statefulset.go (governingServiceName)",
        ..OPERATOR
    },
    Program {
        name: "the VictoriaMetrics operator",
        makers: &[
            victoria("VMSingle", &["vmsingle-{metadata.name}"]),
            victoria("VMAgent", &["vmagent-{metadata.name}"]),
            victoria("VMAlert", &["vmalert-{metadata.name}"]),
            victoria("VMAlertmanager", &["vmalertmanager-{metadata.name}"]),
            victoria("VMAuth", &["vmauth-{metadata.name}"]),
            victoria(
                "VMCluster",
                &["vmselect-{metadata.name}", "vminsert-{metadata.name}", "vmstorage-{metadata.name}"],
            ),
            victoria("VLogs", &["vlogs-{metadata.name}"]),
        ],
        source: "VictoriaMetrics/operator v0.74.1, api/operator/v1beta1/*_types.go (PrefixedName)",
        ..OPERATOR
    },
    Program {
        name: "the Grafana operator",
        makers: &[Maker {
            group: "grafana.integreatly.org",
            kind: "Grafana",
            services: &["{metadata.name}-service"],
            ..MAKER
        }],
        source: "grafana/grafana-operator v5.24.0, controllers/resources/resources.go (GetGrafanaService)",
        ..OPERATOR
    },
    Program {
        name: "the MinIO operator",
        makers: &[Maker {
            group: "minio.min.io",
            kind: "Tenant",
            services: &["minio", "{metadata.name}-console", "{metadata.name}-hl"],
            ..MAKER
        }],
        source: "minio/operator v7.1.1, pkg/apis/minio.min.io/v2/names.go (MinIOCIServiceName)",
        ..OPERATOR
    },
    Program {
        name: "the RabbitMQ operator",
        makers: &[Maker {
            group: "rabbitmq.com",
            kind: "RabbitmqCluster",
            services: &["{metadata.name}", "{metadata.name}-nodes"],
            ..MAKER
        }],
        source: "rabbitmq/cluster-operator v2.22.3, internal/resource/service.go, api/v1beta1/rabbitmqcluster_types.go",
        ..OPERATOR
    },
    Program {
        name: "the Jenkins operator",
        makers: &[Maker {
            group: "jenkins.io",
            kind: "Jenkins",
            typical: &["jenkins-operator-http-{metadata.name}", "jenkins-operator-slave-{metadata.name}"],
            ..MAKER
        }],
        source: "jenkinsci/kubernetes-operator ce17cbd3, pkg/configuration/base/resources/service.go",
        ..OPERATOR
    },
    Program {
        name: "the Flink operator",
        makers: &[Maker {
            group: "flink.apache.org",
            kind: "FlinkDeployment",
            services: &["{metadata.name}-rest"],
            ..MAKER
        }],
        source: "apache/flink-kubernetes-operator 6e9caeb4, utils/IngressUtils.java (REST_SVC_NAME_SUFFIX)",
        ..OPERATOR
    },
    Program {
        name: "the Spark operator",
        makers: &[Maker {
            group: "sparkoperator.k8s.io",
            kind: "SparkApplication",
            typical: &["{metadata.name}-ui-svc"],
            ..MAKER
        }],
        source: "kubeflow/spark-operator v2.5.2, pkg/util/sparkapplication.go (GetDefaultUIServiceName)",
        ..OPERATOR
    },
    Program {
        name: "KServe",
        makers: &[Maker {
            group: "serving.kserve.io",
            kind: "InferenceService",
            services: &[
                "{metadata.name}-{spec.predictor.name}-predictor",
                "{metadata.name}-transformer",
                "{metadata.name}-explainer",
            ],
            typical: &["{metadata.name}-predictor"],
            ..MAKER
        }],
        source: "kserve/kserve v0.20.0-rc0, pkg/constants/constants.go (PredictorServiceName)",
        ..OPERATOR
    },
    Program {
        name: "KAITO",
        makers: &[Maker {
            group: "kaito.sh",
            kind: "Workspace",
            services: &["{metadata.name}", "{metadata.name}-headless"],
            ..MAKER
        }],
        source: "kaito-project/kaito v0.12.0, pkg/workspace/manifests/manifests.go (GenerateServiceManifest)",
        ..OPERATOR
    },
    Program {
        name: "Skupper",
        makers: &[
            Maker { group: "skupper.io", kind: "Listener", services: &["{spec.host}"], ..MAKER },
            Maker { group: "skupper.io", kind: "MultiKeyListener", services: &["{spec.host}"], ..MAKER },
        ],
        source: "skupperproject/skupper 80b1ba6d, internal/kube/site/site.go (Expose)",
        ..OPERATOR
    },
    Program {
        name: "the controller of Gateways",
        makers: &[Maker {
            group: "gateway.networking.k8s.io",
            kind: "Gateway",
            services: &["{metadata.name}-{spec.gatewayClassName}"],
            ..MAKER
        }],
        source: "kubernetes-sigs/gateway-api geps/gep-1762; istio/istio 86c9f01fd73, pilot/pkg/config/kube/gatewaycommon/gateway_utils.go (GetDefaultName)",
        ..OPERATOR
    },
    Program {
        name: "Linkerd",
        makers: &[Maker {
            group: "multicluster.linkerd.io",
            kind: "Link",
            services: &["*-{spec.targetClusterName}"],
            typical: &["*-federated"],
            everywhere: true,
            ..MAKER
        }],
        source: "linkerd/linkerd2 edge-26.8.3, multicluster/service-mirror/cluster_watcher.go (mirrorServiceName)",
        ..OPERATOR
    },
    Program {
        name: "the OpenSearch operator",
        makers: &[open_search("opensearch.opster.io"), open_search("opensearch.org")],
        source: "opensearch-project/opensearch-k8s-operator ef6502ab, pkg/builders/cluster.go, pkg/builders/dashboards.go",
        ..OPERATOR
    },
    Program {
        name: "the Temporal operator",
        makers: &[Maker {
            group: "temporal.io",
            kind: "TemporalCluster",
            services: &["{metadata.name}-ui", "{metadata.name}-frontend"],
            ..MAKER
        }],
        source: "alexandrevilain/temporal-operator v0.22.0, internal/resource/ui/service_builder.go",
        ..OPERATOR
    },
    Program {
        name: "Rook",
        makers: &[
            Maker { group: "ceph.rook.io", kind: "CephCluster", typical: &["rook-ceph-mgr-dashboard"], ..MAKER },
            Maker {
                group: "ceph.rook.io",
                kind: "CephObjectStore",
                typical: &["rook-ceph-rgw-{metadata.name}"],
                ..MAKER
            },
        ],
        source: "rook/rook main of 2026-08, pkg/operator/ceph/cluster/mgr/spec.go, pkg/operator/ceph/object/spec.go",
        ..OPERATOR
    },
    Program {
        name: "the OpenTelemetry operator",
        makers: &[plain(
            "opentelemetry.io",
            "OpenTelemetryCollector",
            &[
                "{metadata.name}-collector",
                "{metadata.name}-collector-headless",
                "{metadata.name}-collector-monitoring",
                "{metadata.name}-collector-extension",
                "{metadata.name}-targetallocator",
            ],
        )],
        source: "open-telemetry/opentelemetry-operator v0.158.0, internal/naming/main.go",
        ..OPERATOR
    },
    Program {
        name: "the Jaeger operator",
        makers: &[plain(
            "jaegertracing.io",
            "Jaeger",
            &[
                "{metadata.name}-query",
                "{metadata.name}-collector",
                "{metadata.name}-collector-headless",
                "{metadata.name}-agent",
            ],
        )],
        source: "jaegertracing/jaeger-operator v1.65.0, pkg/service/query.go, pkg/service/collector.go",
        ..OPERATOR
    },
    Program {
        name: "the Argo CD operator",
        makers: &[plain(
            "argoproj.io",
            "ArgoCD",
            &[
                "{metadata.name}-server",
                "{metadata.name}-repo-server",
                "{metadata.name}-dex-server",
                "{metadata.name}-grafana",
                "{metadata.name}-applicationset-controller",
            ],
        )],
        source: "argoproj-labs/argocd-operator cf5d1c02, controllers/argocd/service.go (newServiceWithSuffix)",
        ..OPERATOR
    },
    Program {
        name: "the AWX operator",
        makers: &[plain("awx.ansible.com", "AWX", &["{metadata.name}-service"])],
        source: "ansible/awx-operator 2.19.1, roles/installer/templates/networking/service.yaml.j2",
        ..OPERATOR
    },
    Program {
        name: "the Open Liberty operator",
        makers: &[plain(
            "apps.openliberty.io",
            "OpenLibertyApplication",
            &["{metadata.name}", "{metadata.name}-headless"],
        )],
        source: "OpenLiberty/open-liberty-operator ec1ea079, internal/controller/openlibertyapplication_controller.go",
        ..OPERATOR
    },
    Program {
        name: "Camel K",
        makers: &[
            plain("camel.apache.org", "Integration", &["{metadata.name}"]),
            plain("camel.apache.org", "Pipe", &["{metadata.name}"]),
        ],
        source: "apache/camel-k 4782ebd22, pkg/trait/service.go (getServiceFor), pkg/controller/pipe/integration.go",
        ..OPERATOR
    },
    Program {
        name: "Kubeflow",
        makers: &[plain("kubeflow.org", "Notebook", &["{metadata.name}"])],
        source: "kubeflow/kubeflow bb27fe05, components/notebook-controller/controllers/notebook_controller.go (generateService)",
        ..OPERATOR
    },
    Program {
        name: "Seldon Core",
        makers: &[plain("machinelearning.seldon.io", "SeldonDeployment", &["{metadata.name}", "{metadata.name}-*"])],
        source: "SeldonIO/seldon-core 00908a96, operator/apis/machinelearning.seldon.io/v1/seldondeployment_types.go (GetPredictorKey)",
        ..OPERATOR
    },
    Program {
        name: "the EMQX operator",
        makers: &[plain(
            "apps.emqx.io",
            "EMQX",
            &["{metadata.name}-dashboard", "{metadata.name}-listeners", "{metadata.name}-headless"],
        )],
        source: "emqx/emqx-operator 8806d49a, api/v3beta1/names.go (DashboardServiceNamespacedName)",
        ..OPERATOR
    },
    Program {
        name: "Bank-Vaults",
        makers: &[plain(
            "vault.banzaicloud.com",
            "Vault",
            &["{metadata.name}", "{metadata.name}-configurer", "{metadata.name}-*"],
        )],
        source: "bank-vaults/vault-operator 76407678, pkg/controller/vault/vault_controller.go (serviceForVault)",
        ..OPERATOR
    },
];

/// A kind whose Services have these names, which have no form of their own.
const fn plain(group: &'static str, kind: &'static str, services: &'static [&'static str]) -> Maker {
    Maker { group, kind, services, ..MAKER }
}

const fn elastic(group: &'static str, kind: &'static str, typical: &'static [&'static str]) -> Maker {
    Maker { group, kind, typical, ..MAKER }
}

/// An object whose headless Service governs the Pods of its StatefulSet, unless it names another Service.
const fn governing(kind: &'static str, typical: &'static [&'static str]) -> Maker {
    Maker { group: "monitoring.coreos.com", kind, typical, when: When::Lacks("spec.serviceName"), ..MAKER }
}

const fn victoria(kind: &'static str, typical: &'static [&'static str]) -> Maker {
    Maker { group: "operator.victoriametrics.com", kind, typical, ..MAKER }
}

const fn open_search(group: &'static str) -> Maker {
    Maker {
        group,
        kind: "OpenSearchCluster",
        services: &["{spec.general.serviceName}", "{spec.general.serviceName}-dashboards"],
        ..MAKER
    }
}
