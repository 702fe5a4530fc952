language = Idioma
yes = sim
no = não
signed-in-as = Você entrou como

login-title = Entrar
login-client = para continuar em { $client }
login-username = Usuário ou e-mail
login-password = Senha
login-submit = Entrar
login-cancel = Cancelar
login-incomplete = Informe o usuário e a senha.
login-wrong = Usuário ou senha incorretos. Confira os dois e tente de novo.
login-too-many = Houve muitas tentativas. Espere um pouco e tente de novo.
login-unavailable = Não é possível entrar agora. Tente de novo em instantes.

consent-title = Permitir que { $client } use sua conta?
consent-host = Depois da escolha, você volta para
consent-unverified = Este aplicativo se registrou por conta própria. Ninguém aqui verificou quem o administra; permita somente se você confia no endereço acima.
consent-switch = Usar outra conta
consent-scopes = O aplicativo poderá:
consent-optional = opcional
consent-allow = Permitir
consent-deny = Negar

scope-openid = Reconhecer você quando voltar
scope-profile = Ver seu perfil
scope-email = Ver seu endereço de e-mail
scope-phone = Ver seu número de telefone
scope-address = Ver seu endereço postal
scope-groups = Ver os grupos de que você participa
scope-roles = Ver suas funções
scope-offline-access = Manter este acesso mesmo depois que você sair
scope-admin-read = Ver tudo o que os administradores deste servidor veem
scope-admin-write = Administrar este servidor: pessoas, aplicativos e chaves
scope-other = Usar “{ $scope }” em seu nome

claim-sub = ID da conta
claim-name = Nome completo
claim-given-name = Nome
claim-family-name = Sobrenome
claim-middle-name = Nome do meio
claim-nickname = Apelido
claim-preferred-username = Usuário
claim-profile = Página de perfil
claim-picture = Foto
claim-website = Site
claim-gender = Gênero
claim-birthdate = Data de nascimento
claim-zoneinfo = Fuso horário
claim-locale = Idioma
claim-updated-at = Última atualização
claim-email = E-mail
claim-email-verified = E-mail confirmado
claim-phone-number = Telefone
claim-phone-number-verified = Telefone confirmado
claim-address = Endereço
claim-groups = Grupos
claim-roles = Funções

select-title = Escolha uma conta
select-continue = Continuar como { $username }
select-other = Usar outra conta

form-post-title = Quase lá
form-post-text = Se o aplicativo não abrir sozinho, clique no botão.
form-post-submit = Continuar

logout-title = Quer sair?
logout-client = { $client } está pedindo para encerrar sua sessão.
logout-text = Os aplicativos que você abriu com esta conta podem pedir que você entre de novo.
logout-confirm = Sair
logout-cancel = Continuar na conta
logged-out-title = Você saiu
logged-out-text = Sua sessão neste navegador foi encerrada.
logged-out-back = Voltar para { $client }
logged-out-again = Entrar de novo

account-title = Sua conta
account-logout = Sair
account-sessions = { $count ->
    [one] Conectado em um dispositivo
   *[other] Conectado em { $count } dispositivos
}
account-unknown-device = Dispositivo desconhecido
account-this-device = Este dispositivo
account-end-session = Desconectar
account-apps = Aplicativos que você permitiu
account-no-apps = Nenhum aplicativo usa sua conta.
account-remove-app = Remover

ago-now = agora mesmo
ago-minutes = { $count ->
    [one] há { $count } minuto
   *[other] há { $count } minutos
}
ago-hours = { $count ->
    [one] há { $count } hora
   *[other] há { $count } horas
}
ago-days = { $count ->
    [one] há { $count } dia
   *[other] há { $count } dias
}

admin-title = Administração
admin-overview = Visão geral
admin-people = Pessoas
admin-applications = Aplicativos
admin-sessions = Sessões
admin-why = Por que a recusa?
admin-audit = Trilha de auditoria
admin-count-people = { $count ->
    [one] { $count } pessoa
   *[other] { $count } pessoas
}
admin-count-applications = { $count ->
    [one] { $count } aplicativo
   *[other] { $count } aplicativos
}
admin-latest = O que aconteceu por último
admin-nothing = Não há nada aqui.
admin-next = Próxima página
admin-find = Usuário ou e-mail
admin-find-submit = Buscar
admin-nobody = Ninguém tem esse nome ou endereço.
admin-is-admin = administra
admin-is-disabled = acesso desativado
admin-refused = recusado
admin-no-sessions = Não está conectado em nenhum lugar.
admin-end-session = Encerrar
admin-sessions-text = As sessões usadas por último.
admin-acts = O que você pode fazer
admin-revoke = Revogar tokens
admin-revoke-person-about = Todos os tokens desta pessoa deixam de valer em até um segundo. As sessões continuam.
admin-revoke-application-about = Todos os tokens deste aplicativo deixam de valer em até um segundo.
admin-disable = Desativar
admin-disable-person-about = Ninguém mais entra com esta conta; as sessões terminam e os tokens deixam de valer.
admin-disable-application-about = Ninguém mais entra neste aplicativo, e os tokens dele deixam de valer.
admin-enable = Ativar
admin-enable-person-about = A pessoa poderá entrar de novo.
admin-enable-application-about = Será possível entrar de novo no aplicativo.
admin-password = Definir uma senha
admin-password-about = As sessões desta pessoa terminam e os tokens deixam de valer.
admin-password-new = Nova senha
admin-password-submit = Definir senha
admin-client-id = ID do cliente
admin-grants = Tipos de concessão
admin-method = Autenticação
admin-redirect-uris = Endereços de retorno
admin-scope = Escopo
admin-rotate = Trocar o segredo
admin-rotate-about = O segredo antigo deixa de valer na hora; o novo é mostrado uma única vez.
admin-refusals = Recusas recentes
admin-secret = Novo segredo
admin-secret-text = Ele só é mostrado desta vez. Copie agora.
admin-secret-kept = Já copiei
admin-why-title = Por que isto foi recusado?
admin-why-text = Cole um token de acesso, o ID de um token (jti) ou o ID de uma requisição que foi recusada.
admin-why-field = Token ou ID
admin-why-submit = Descobrir
admin-why-unknown = Nada se sabe sob esse ID: não houve recusa, ou já faz muito tempo.
admin-why-found = O que foi encontrado
admin-why-verdict = Veredito
admin-why-passed = passou
admin-why-failed = não passou
admin-audit-user = Pessoa
admin-audit-act = Ação
admin-audit-any = Todas
admin-done-disabled = Desativado. Em até um segundo isso vale em toda parte.
admin-done-enabled = Ativado.
admin-done-revoked = Os tokens foram revogados.
admin-done-password-set = A senha foi definida.
admin-done-session-ended = A sessão foi encerrada.

error-code = Código
error-request = Requisição
error-again = Tentar de novo
error-unknown-client = Não conhecemos este aplicativo
error-unknown-client-text = O link que trouxe você aqui cita um aplicativo que não está registrado. Volte e tente de novo; se o erro se repetir, avise os responsáveis pelo aplicativo.
error-client-disabled = Este aplicativo está desativado
error-client-disabled-text = Um administrador o desativou, por isso ninguém consegue entrar nele agora. Fale com o administrador se você precisa dele.
error-redirect-uri-missing = O aplicativo não informou para onde voltar
error-redirect-uri-missing-text = O pedido veio sem endereço de retorno. Os responsáveis pelo aplicativo precisam incluir o parâmetro redirect_uri.
error-redirect-uri-mismatch = O endereço de retorno não está registrado
error-redirect-uri-mismatch-text = O aplicativo pediu para levar você a um endereço que não está na lista dele, e paramos aqui para proteger sua conta. Avise os responsáveis pelo aplicativo.
error-invalid-request = Não foi possível entender o pedido
error-invalid-request-text = Falta alguma coisa nele, ou algo veio repetido. Volte ao aplicativo e comece de novo.
error-foreign-form = Não conseguimos confirmar que foi você
error-foreign-form-text = O formulário não foi enviado da nossa página neste navegador. Volte ao aplicativo e comece de novo; é preciso permitir cookies para este site.
error-forbidden = Você não pode abrir esta página
error-forbidden-text = Sua conta não tem permissão para isso. Se deveria ter, fale com um administrador.
error-not-found = Não há nada neste endereço
error-not-found-text = Confira o endereço ou volte ao aplicativo de onde você veio.
error-logout-request-invalid = O pedido para sair não é válido
error-logout-request-invalid-text = O aplicativo fez o pedido de um jeito que não podemos atender, por isso nada mudou. Você pode sair pela página da sua conta.
error-to-account = Ir para sua conta
error-sign-in-denied = Seu login não foi autorizado
error-sign-in-denied-text = O login foi recusado, por você ou pelo servidor. Você pode tentar de novo.
error-sign-in-lost = Este login não vale mais
error-sign-in-lost-text = Ele demorou demais, já foi usado ou começou em outro navegador. Abra de novo a página que você queria; é preciso permitir cookies para este site.
error-too-large = O pedido é grande demais
error-too-large-text = Volte e envie menos dados.
error-too-many-requests = Muitas tentativas
error-too-many-requests-text = Espere um pouco e tente de novo.
error-temporarily-unavailable = Voltamos em instantes
error-temporarily-unavailable-text = O serviço não está disponível neste momento. Nada se perdeu: espere um pouco e recarregue a página.
error-server-error = Algo deu errado do nosso lado
error-server-error-text = A falha ficou registrada. Tente de novo; se ela se repetir, informe ao administrador o código e a requisição abaixo.

lesson-title = Para o administrador
lesson-requested = Pedido
lesson-registered = Registrado
lesson-none-registered = O aplicativo não tem endereço registrado. Ele pediu:
lesson-command = Se o endereço pedido for mesmo do aplicativo, este comando o registra:
