language = Язык
yes = да
no = нет
signed-in-as = Вы вошли как

login-title = Вход
login-client = чтобы продолжить в приложении «{ $client }»
login-username = Имя пользователя или эл. почта
login-password = Пароль
login-submit = Войти
login-cancel = Отмена
login-incomplete = Введите имя пользователя и пароль.
login-wrong = Неверное имя пользователя или пароль. Проверьте их и попробуйте ещё раз.
login-too-many = Слишком много попыток. Подождите немного и попробуйте снова.
login-unavailable = Сейчас войти не получится. Попробуйте ещё раз через минуту.

consent-title = Разрешить приложению «{ $client }» использовать ваш аккаунт?
consent-host = После выбора вы вернётесь на
consent-unverified = Это приложение зарегистрировало себя само. Здесь никто не проверял, кому оно принадлежит. Разрешайте доступ, только если доверяете адресу выше.
consent-switch = Сменить аккаунт
consent-scopes = Приложение сможет:
consent-optional = необязательно
consent-allow = Разрешить
consent-deny = Отклонить

scope-openid = Узнавать вас при следующем входе
scope-profile = Видеть ваш профиль
scope-email = Видеть ваш адрес эл. почты
scope-phone = Видеть ваш номер телефона
scope-address = Видеть ваш почтовый адрес
scope-groups = Видеть группы, в которых вы состоите
scope-roles = Видеть ваши роли
scope-offline-access = Сохранять доступ и после того, как вы выйдете
scope-admin-read = Видеть всё, что видят администраторы этого сервера
scope-admin-write = Управлять этим сервером: людьми, приложениями и ключами
scope-other = Использовать «{ $scope }» от вашего имени

claim-sub = Идентификатор аккаунта
claim-name = Полное имя
claim-given-name = Имя
claim-family-name = Фамилия
claim-middle-name = Отчество
claim-nickname = Псевдоним
claim-preferred-username = Имя пользователя
claim-profile = Страница профиля
claim-picture = Фотография
claim-website = Сайт
claim-gender = Пол
claim-birthdate = Дата рождения
claim-zoneinfo = Часовой пояс
claim-locale = Язык
claim-updated-at = Обновлено
claim-email = Эл. почта
claim-email-verified = Эл. почта подтверждена
claim-phone-number = Телефон
claim-phone-number-verified = Телефон подтверждён
claim-address = Адрес
claim-groups = Группы
claim-roles = Роли

select-title = Выберите аккаунт
select-continue = Продолжить как { $username }
select-other = Другой аккаунт

form-post-title = Почти готово
form-post-text = Если приложение не открылось само, нажмите кнопку.
form-post-submit = Продолжить

logout-title = Выйти?
logout-client = Приложение «{ $client }» просит завершить ваш сеанс.
logout-text = Приложения, открытые с этим аккаунтом, могут попросить вас войти снова.
logout-confirm = Выйти
logout-cancel = Остаться
logged-out-title = Вы вышли
logged-out-text = Сеанс в этом браузере завершён.
logged-out-back = Вернуться в приложение «{ $client }»
logged-out-again = Войти снова

account-title = Ваш аккаунт
account-logout = Выйти
account-sessions = { $count ->
    [one] Вход выполнен на { $count } устройстве
    [few] Вход выполнен на { $count } устройствах
    [many] Вход выполнен на { $count } устройствах
   *[other] Вход выполнен на { $count } устройства
}
account-unknown-device = Неизвестное устройство
account-this-device = Это устройство
account-end-session = Завершить
account-apps = Приложения, которым вы дали доступ
account-no-apps = Ни одно приложение не использует ваш аккаунт.
account-remove-app = Отозвать

ago-now = только что
ago-minutes = { $count ->
    [one] { $count } минуту назад
    [few] { $count } минуты назад
    [many] { $count } минут назад
   *[other] { $count } минуты назад
}
ago-hours = { $count ->
    [one] { $count } час назад
    [few] { $count } часа назад
    [many] { $count } часов назад
   *[other] { $count } часа назад
}
ago-days = { $count ->
    [one] { $count } день назад
    [few] { $count } дня назад
    [many] { $count } дней назад
   *[other] { $count } дня назад
}

admin-title = Администрирование
admin-overview = Обзор
admin-people = Люди
admin-applications = Приложения
admin-sessions = Сеансы
admin-why = Почему отказано?
admin-audit = Журнал аудита
admin-count-people = { $count ->
    [one] { $count } человек
    [few] { $count } человека
    [many] { $count } человек
   *[other] { $count } человека
}
admin-count-applications = { $count ->
    [one] { $count } приложение
    [few] { $count } приложения
    [many] { $count } приложений
   *[other] { $count } приложения
}
admin-latest = Последние события
admin-nothing = Здесь ничего нет.
admin-next = Следующая страница
admin-find = Имя пользователя или эл. почта
admin-find-submit = Найти
admin-nobody = Нет никого с таким именем или адресом.
admin-is-admin = администратор
admin-is-disabled = доступ закрыт
admin-refused = отказано
admin-no-sessions = Вход нигде не выполнен.
admin-end-session = Завершить
admin-sessions-text = Сеансы, которыми пользовались последними.
admin-acts = Что можно сделать
admin-revoke = Отозвать токены
admin-revoke-person-about = Все токены этого человека перестанут действовать в течение секунды. Сеансы продолжатся.
admin-revoke-application-about = Все токены этого приложения перестанут действовать в течение секунды.
admin-disable = Отключить
admin-disable-person-about = Войти с этим аккаунтом будет нельзя, сеансы завершатся, токены перестанут действовать.
admin-disable-application-about = Войти в это приложение будет нельзя, его токены перестанут действовать.
admin-enable = Включить
admin-enable-person-about = Человек снова сможет войти.
admin-enable-application-about = В приложение снова можно будет войти.
admin-password = Задать пароль
admin-password-about = Сеансы этого человека завершатся, токены перестанут действовать.
admin-password-new = Новый пароль
admin-password-submit = Задать пароль
admin-client-id = ID клиента
admin-grants = Способы получения токенов
admin-method = Аутентификация
admin-redirect-uris = Адреса возврата
admin-scope = Области доступа
admin-rotate = Заменить секрет
admin-rotate-about = Старый секрет сразу перестанет действовать, новый будет показан один раз.
admin-refusals = Недавние отказы
admin-secret = Новый секрет
admin-secret-text = Он показан в первый и последний раз. Скопируйте его сейчас.
admin-secret-kept = Секрет скопирован
admin-why-title = Почему в этом было отказано?
admin-why-text = Вставьте токен доступа, его идентификатор (jti) или идентификатор запроса, в котором было отказано.
admin-why-field = Токен или идентификатор
admin-why-submit = Выяснить
admin-why-unknown = По этому идентификатору ничего не известно: отказа не было или это было слишком давно.
admin-why-found = Что удалось выяснить
admin-why-verdict = Заключение
admin-why-passed = пройдено
admin-why-failed = не пройдено
admin-audit-user = Человек
admin-audit-act = Действие
admin-audit-any = Все
admin-done-disabled = Отключено. В течение секунды это подействует везде.
admin-done-enabled = Включено.
admin-done-revoked = Токены отозваны.
admin-done-password-set = Пароль задан.
admin-done-session-ended = Сеанс завершён.

error-code = Код
error-request = Запрос
error-again = Попробовать ещё раз
error-unknown-client = Это приложение здесь неизвестно
error-unknown-client-text = Ссылка, которая привела вас сюда, указывает на незарегистрированное приложение. Вернитесь и попробуйте снова; если ошибка повторится, сообщите владельцам приложения.
error-client-disabled = Это приложение отключено
error-client-disabled-text = Администратор отключил его, и войти в него сейчас нельзя. Если оно вам нужно, обратитесь к администратору.
error-redirect-uri-missing = Приложение не сообщило, куда вернуться
error-redirect-uri-missing-text = В запросе нет адреса возврата. Владельцы приложения должны добавить параметр redirect_uri.
error-redirect-uri-mismatch = Адрес возврата не зарегистрирован
error-redirect-uri-mismatch-text = Приложение хотело отправить вас по адресу, которого нет в его списке. Мы остановились здесь, чтобы защитить ваш аккаунт. Сообщите владельцам приложения.
error-invalid-request = Запрос не удалось понять
error-invalid-request-text = В нём чего-то не хватает или что-то указано дважды. Вернитесь в приложение и начните снова.
error-foreign-form = Мы не смогли убедиться, что это вы
error-foreign-form-text = Форма отправлена не с нашей страницы в этом браузере. Вернитесь в приложение и начните снова; для этого сайта должны быть разрешены файлы cookie.
error-forbidden = Эта страница вам недоступна
error-forbidden-text = У вашего аккаунта нет на это прав. Если они нужны, обратитесь к администратору.
error-not-found = По этому адресу ничего нет
error-not-found-text = Проверьте адрес или вернитесь в приложение, из которого пришли.
error-logout-request-invalid = Неверный запрос на выход
error-logout-request-invalid-text = Мы не можем выполнить его в том виде, в каком его прислало приложение, поэтому ничего не изменилось. Выйти можно на странице вашего аккаунта.
error-to-account = Перейти в аккаунт
error-sign-in-denied = Вход не разрешён
error-sign-in-denied-text = Вход отменили вы, или его отклонил сервер. Можно попробовать ещё раз.
error-sign-in-lost = Этот вход больше не действителен
error-sign-in-lost-text = Он занял слишком много времени, уже был использован или начался в другом браузере. Откройте нужную страницу ещё раз; для этого сайта должны быть разрешены файлы cookie.
error-too-large = Запрос слишком большой
error-too-large-text = Вернитесь и отправьте меньше данных.
error-too-many-requests = Слишком много попыток
error-too-many-requests-text = Подождите немного и попробуйте снова.
error-temporarily-unavailable = Мы скоро вернёмся
error-temporarily-unavailable-text = Сервис сейчас недоступен. Ничего не потеряно: подождите немного и обновите страницу.
error-server-error = У нас что-то пошло не так
error-server-error-text = Сбой записан. Попробуйте снова; если он повторится, сообщите администратору код и номер запроса, указанные ниже.

lesson-title = Для администратора
lesson-requested = Запрошен
lesson-registered = Зарегистрирован
lesson-none-registered = У приложения нет зарегистрированных адресов. Оно запросило:
lesson-command = Если запрошенный адрес действительно принадлежит приложению, его зарегистрирует эта команда:
