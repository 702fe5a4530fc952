# kube-apiserver; Kubernetes wants an https issuer
--oidc-issuer-url=<<issuer>>
--oidc-client-id=<<client_id>>
--oidc-username-claim=preferred_username
--oidc-username-prefix=porteiro:
--oidc-groups-claim=groups
--oidc-groups-prefix=porteiro:

# on each desk; needs: kubectl krew install oidc-login
kubectl config set-credentials porteiro \
  --exec-api-version=client.authentication.k8s.io/v1 \
  --exec-command=kubectl \
  --exec-arg=oidc-login \
  --exec-arg=get-token \
  --exec-arg=--oidc-issuer-url='<<issuer>>' \
  --exec-arg=--oidc-client-id='<<client_id>>' \
  --exec-arg=--oidc-extra-scope=profile \
  --exec-arg=--oidc-extra-scope=groups \
  --exec-arg=--oidc-extra-scope=offline_access
