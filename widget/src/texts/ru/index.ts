import banner from './banner.json';
import booking from './booking.json';
import calendar from './calendar.json';
import card from './card.json';
import decisions from './decisions.json';
import duplicates from './duplicates.json';
import errors from './errors.json';
import general from './general.json';
import login from './login.json';
import rules from './rules.json';
import settings from './settings.json';
import setup from './setup.json';
import upkeep from './upkeep.json';

export default {
  banner,
  booking,
  calendar,
  card,
  decisions,
  duplicates,
  errors,
  general,
  login,
  rules,
  settings,
  setup,
  upkeep,
};
