import booking from './booking.json';
import calendar from './calendar.json';
import card from './card.json';
import errors from './errors.json';
import general from './general.json';
import settings from './settings.json';

export default { booking, calendar, card, errors, general, settings };
