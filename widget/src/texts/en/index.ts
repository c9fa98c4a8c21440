import booking from './booking.json';
import calendar from './calendar.json';
import card from './card.json';
import errors from './errors.json';
import general from './general.json';
import rules from './rules.json';
import settings from './settings.json';
import setup from './setup.json';
import upkeep from './upkeep.json';

export default { booking, calendar, card, errors, general, rules, settings, setup, upkeep };
