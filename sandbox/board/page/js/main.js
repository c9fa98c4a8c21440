/** The board's page, put together. */

import { showAltegio } from './altegio.js';
import { showBookings } from './booking.js';
import { showControls } from './controls.js';
import { showDeals } from './deal.js';
import { showKommo } from './kommo.js';
import { showPairs } from './pairs.js';
import { follow } from './store.js';
import { showTraffic } from './traffic.js';
import { showTrails } from './trails.js';

showControls();
showKommo();
showAltegio();
showDeals();
showBookings();
showTrails();
showTraffic();
showPairs();
follow(null, '');
