language = Idioma
yes = sí
no = no
signed-in-as = Has iniciado sesión como

login-title = Iniciar sesión
login-client = para continuar en { $client }
login-username = Usuario o correo electrónico
login-password = Contraseña
login-submit = Iniciar sesión
login-cancel = Cancelar
login-incomplete = Escribe tu usuario y tu contraseña.
login-wrong = El usuario o la contraseña no son correctos. Revísalos e inténtalo de nuevo.
login-too-many = Ha habido demasiados intentos. Espera un momento e inténtalo de nuevo.
login-unavailable = Ahora no es posible iniciar sesión. Inténtalo de nuevo en un momento.

consent-title = ¿Permitir que { $client } use tu cuenta?
consent-host = Después de elegir, volverás a
consent-unverified = Esta aplicación se registró por su cuenta. Nadie aquí ha comprobado quién la gestiona; permítela solo si confías en la dirección de arriba.
consent-switch = Usar otra cuenta
consent-scopes = La aplicación podrá:
consent-optional = opcional
consent-allow = Permitir
consent-deny = Denegar

scope-openid = Reconocerte cuando vuelvas
scope-profile = Ver tu perfil
scope-email = Ver tu correo electrónico
scope-phone = Ver tu número de teléfono
scope-address = Ver tu dirección postal
scope-groups = Ver los grupos a los que perteneces
scope-roles = Ver tus roles
scope-offline-access = Mantener este acceso aunque hayas cerrado la sesión
scope-admin-read = Ver todo lo que ven los administradores de este servidor
scope-admin-write = Administrar este servidor: personas, aplicaciones y claves
scope-other = Usar «{ $scope }» en tu nombre

claim-sub = ID de la cuenta
claim-name = Nombre completo
claim-given-name = Nombre
claim-family-name = Apellidos
claim-middle-name = Segundo nombre
claim-nickname = Apodo
claim-preferred-username = Usuario
claim-profile = Página de perfil
claim-picture = Foto
claim-website = Sitio web
claim-gender = Género
claim-birthdate = Fecha de nacimiento
claim-zoneinfo = Zona horaria
claim-locale = Idioma
claim-updated-at = Última actualización
claim-email = Correo electrónico
claim-email-verified = Correo confirmado
claim-phone-number = Teléfono
claim-phone-number-verified = Teléfono confirmado
claim-address = Dirección
claim-groups = Grupos
claim-roles = Roles

select-title = Elige una cuenta
select-continue = Continuar como { $username }
select-other = Usar otra cuenta

form-post-title = Ya casi está
form-post-text = Si la aplicación no se abre sola, pulsa el botón.
form-post-submit = Continuar

logout-title = ¿Cerrar la sesión?
logout-client = { $client } pide cerrar tu sesión.
logout-text = Las aplicaciones que abriste con esta cuenta pueden pedirte que inicies sesión de nuevo.
logout-confirm = Cerrar sesión
logout-cancel = Mantener la sesión
logged-out-title = Sesión cerrada
logged-out-text = Has cerrado la sesión en este navegador.
logged-out-back = Volver a { $client }
logged-out-again = Iniciar sesión de nuevo

account-title = Tu cuenta
account-logout = Cerrar sesión
account-sessions = { $count ->
    [one] Sesión iniciada en un dispositivo
   *[other] Sesión iniciada en { $count } dispositivos
}
account-unknown-device = Dispositivo desconocido
account-this-device = Este dispositivo
account-end-session = Cerrar sesión
account-apps = Aplicaciones que has permitido
account-no-apps = Ninguna aplicación usa tu cuenta.
account-remove-app = Quitar

ago-now = ahora mismo
ago-minutes = { $count ->
    [one] hace { $count } minuto
   *[other] hace { $count } minutos
}
ago-hours = { $count ->
    [one] hace { $count } hora
   *[other] hace { $count } horas
}
ago-days = { $count ->
    [one] hace { $count } día
   *[other] hace { $count } días
}

admin-title = Administración
admin-overview = Resumen
admin-people = Personas
admin-applications = Aplicaciones
admin-sessions = Sesiones
admin-why = ¿Por qué se rechazó?
admin-audit = Registro de auditoría
admin-count-people = { $count ->
    [one] { $count } persona
   *[other] { $count } personas
}
admin-count-applications = { $count ->
    [one] { $count } aplicación
   *[other] { $count } aplicaciones
}
admin-latest = Lo último que ha pasado
admin-nothing = Aquí no hay nada.
admin-next = Página siguiente
admin-find = Usuario o correo electrónico
admin-find-submit = Buscar
admin-nobody = Nadie tiene ese nombre o esa dirección.
admin-is-admin = administra
admin-is-disabled = acceso desactivado
admin-refused = rechazado
admin-no-sessions = No tiene ninguna sesión abierta.
admin-end-session = Cerrar
admin-sessions-text = Las sesiones usadas más recientemente.
admin-acts = Qué puedes hacer
admin-revoke = Revocar tokens
admin-revoke-person-about = Todos los tokens de esta persona dejan de servir en un segundo. Las sesiones siguen.
admin-revoke-application-about = Todos los tokens de esta aplicación dejan de servir en un segundo.
admin-disable = Desactivar
admin-disable-person-about = Nadie podrá entrar con esta cuenta; sus sesiones se cierran y sus tokens dejan de servir.
admin-disable-application-about = Nadie podrá entrar en esta aplicación, y sus tokens dejan de servir.
admin-enable = Activar
admin-enable-person-about = La persona podrá entrar de nuevo.
admin-enable-application-about = Se podrá entrar de nuevo en la aplicación.
admin-password = Establecer una contraseña
admin-password-about = Las sesiones de esta persona se cierran y sus tokens dejan de servir.
admin-password-new = Contraseña nueva
admin-password-submit = Establecer contraseña
admin-client-id = ID de cliente
admin-grants = Tipos de concesión
admin-method = Autenticación
admin-redirect-uris = Direcciones de retorno
admin-scope = Ámbito
admin-rotate = Cambiar el secreto
admin-rotate-about = El secreto anterior deja de servir en el acto; el nuevo se muestra una sola vez.
admin-refusals = Rechazos recientes
admin-secret = Secreto nuevo
admin-secret-text = Solo se muestra esta vez. Cópialo ahora.
admin-secret-kept = Ya lo he copiado
admin-why-title = ¿Por qué se rechazó esto?
admin-why-text = Pega un token de acceso, el ID de uno (jti) o el ID de una solicitud que fue rechazada.
admin-why-field = Token o ID
admin-why-submit = Averiguar
admin-why-unknown = No se sabe nada con ese ID: no fue rechazado o hace demasiado tiempo.
admin-why-found = Lo que se ha encontrado
admin-why-verdict = Veredicto
admin-why-passed = superado
admin-why-failed = no superado
admin-audit-user = Persona
admin-audit-act = Acción
admin-audit-any = Todas
admin-done-disabled = Desactivado. En un segundo rige en todas partes.
admin-done-enabled = Activado.
admin-done-revoked = Los tokens se han revocado.
admin-done-password-set = La contraseña se ha establecido.
admin-done-session-ended = La sesión se ha cerrado.

error-code = Código
error-request = Petición
error-again = Intentar de nuevo
error-unknown-client = No conocemos esta aplicación
error-unknown-client-text = El enlace que te trajo aquí nombra una aplicación que no está registrada. Vuelve e inténtalo de nuevo; si ocurre otra vez, avisa a los responsables de la aplicación.
error-client-disabled = Esta aplicación está desactivada
error-client-disabled-text = Un administrador la ha desactivado, así que nadie puede entrar en ella ahora. Habla con el administrador si la necesitas.
error-redirect-uri-missing = La aplicación no indicó adónde volver
error-redirect-uri-missing-text = Su petición no lleva dirección de retorno. Los responsables de la aplicación deben añadir el parámetro redirect_uri.
error-redirect-uri-mismatch = La dirección de retorno no está registrada
error-redirect-uri-mismatch-text = La aplicación pidió enviarte a una dirección que no está en su lista, así que nos hemos detenido aquí para proteger tu cuenta. Avisa a los responsables de la aplicación.
error-invalid-request = No se puede entender la petición
error-invalid-request-text = Le falta algo o contiene algo repetido. Vuelve a la aplicación y empieza de nuevo.
error-foreign-form = No hemos podido confirmar que eras tú
error-foreign-form-text = El formulario no se envió desde nuestra página en este navegador. Vuelve a la aplicación y empieza de nuevo; este sitio necesita permiso para usar cookies.
error-forbidden = No puedes abrir esta página
error-forbidden-text = Tu cuenta no tiene permiso para esto. Si debería tenerlo, habla con un administrador.
error-not-found = No hay nada en esta dirección
error-not-found-text = Revisa la dirección o vuelve a la aplicación de la que vienes.
error-logout-request-invalid = La petición de cierre de sesión no es válida
error-logout-request-invalid-text = La aplicación la hizo de una forma que no podemos atender, así que nada ha cambiado. Puedes cerrar la sesión en la página de tu cuenta.
error-to-account = Ir a tu cuenta
error-sign-in-denied = No se ha permitido el acceso
error-sign-in-denied-text = El inicio de sesión fue rechazado, por ti o por el servidor. Puedes intentarlo de nuevo.
error-sign-in-lost = Este inicio de sesión ya no es válido
error-sign-in-lost-text = Tardó demasiado, ya se había usado o empezó en otro navegador. Vuelve a abrir la página que querías; este sitio necesita permiso para usar cookies.
error-too-large = La petición es demasiado grande
error-too-large-text = Vuelve y envía menos datos.
error-too-many-requests = Demasiados intentos
error-too-many-requests-text = Espera un momento e inténtalo de nuevo.
error-temporarily-unavailable = Volvemos en un momento
error-temporarily-unavailable-text = Ahora no se puede acceder al servicio. No se ha perdido nada: espera un poco y vuelve a cargar la página.
error-server-error = Algo ha fallado por nuestra parte
error-server-error-text = El fallo ha quedado registrado. Inténtalo de nuevo; si ocurre otra vez, comunica al administrador el código y la petición de abajo.

lesson-title = Para el administrador
lesson-requested = Pedida
lesson-registered = Registrada
lesson-none-registered = La aplicación no tiene ninguna dirección registrada. Pidió:
lesson-command = Si la dirección pedida es de verdad de la aplicación, este comando la registra:
