import { FileSection } from '../file/FileSection';
import { WithAccount } from '../lists';
import { AdoptionSection } from './AdoptionSection';
import { CalendarSection } from './CalendarSection';
import { ContactsSection } from './ContactsSection';
import { NewDealsSection } from './NewDealsSection';
import { ResponsibleSection } from './ResponsibleSection';
import { TaskSection } from './TaskSection';
import './DealsTab.css';

/** How deals are made and what goes with them: names, tasks, who is responsible, and all that is not about stages. */
export default function DealsTab() {
  return (
    <WithAccount>
      <div>
        <TaskSection />
        <NewDealsSection />
        <AdoptionSection />
        <ResponsibleSection />
        <ContactsSection />
        <CalendarSection />
        <FileSection />
      </div>
    </WithAccount>
  );
}
