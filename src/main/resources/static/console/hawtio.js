import { $ } from './dom.js';
import { t } from './i18n.js';

/** Opens Hawtio, which takes the cookie of a session and no token. */
export async function openHawtio(api) {
  try {
    await api.post('/session');
    window.open('/actuator/hawtio', 'hawtio');
  } catch (error) {
    $('batch-problem').textContent = t('hawtioFailed', { why: error.message });
  }
}
