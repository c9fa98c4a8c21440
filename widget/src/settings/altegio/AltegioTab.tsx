import { useConnection } from '../../api/connection';
import { Badge } from '../../components/Badge';
import { Disclosure } from '../../components/Disclosure';
import { Failure } from '../../components/Failure';
import { Skeleton } from '../../components/Skeleton';
import { LoginForm } from '../../login/LoginForm';
import { useSay } from '../../texts/texts';
import { Hooks } from './Hooks';
import { KommoAccess } from './KommoAccess';
import { LocationChoice } from './LocationChoice';
import { isNotConnected, useAltegio, useOffered } from './offered';
import './Altegio.css';

/** The connection of both sides: access, locations, webhooks. */
export default function AltegioTab() {
  const say = useSay();
  const connection = useConnection();
  const offered = useOffered();
  const { logIn } = useAltegio();
  const isConnected = offered.isSuccess;
  return (
    <div className="altegio">
      <section data-field="access">
        <h3>{say('setup.altegioAccess')}</h3>
        {offered.isPending && <Skeleton lines={1} />}
        {isConnected && <Badge tone="good">{say('setup.altegioConnected')}</Badge>}
        {isNotConnected(offered.error) && <Badge tone="bad">{say('setup.altegioNotConnected')}</Badge>}
        {isConnected ? (
          <Disclosure summary={say('setup.altegioAnew')}>
            <p className="quiet">{say('setup.mainAdministrator')}</p>
            <LoginForm connect={logIn} />
          </Disclosure>
        ) : (
          !offered.isPending && (
            <>
              <p className="quiet">{say('setup.mainAdministrator')}</p>
              <LoginForm connect={logIn} />
            </>
          )
        )}
      </section>
      <section>
        <h3>{say('setup.locations')}</h3>
        <p className="quiet">{say('setup.locationsHint')}</p>
        {offered.isPending && <Skeleton lines={4} />}
        {isConnected && (
          // Drawn anew for another login, which may manage others.
          <LocationChoice
            key={offered.data.locations.map(one => one.id).join()}
            offered={offered.data.locations}
            submit={say('setup.saveLocations')}
          />
        )}
        {isNotConnected(offered.error) && <p>{say('setup.connectFirst')}</p>}
        {offered.isError && !isNotConnected(offered.error) && (
          <Failure error={offered.error} onRetry={offered.refetch} />
        )}
      </section>
      <section>
        <h3>{say('setup.hooks')}</h3>
        {connection.isSuccess ? <Hooks connection={connection.data} /> : <Skeleton lines={2} />}
      </section>
      <section>
        <h3>{say('setup.kommoAccess')}</h3>
        <KommoAccess />
      </section>
    </div>
  );
}
