"""What AWS asks, in US dollars: list prices of us-east-1 (N. Virginia) in 2025, without any free tier.

Each names the page of aws.amazon.com that it stands on. Other regions differ by up to a fifth: change them here.
"""

REGION = "us-east-1"
READ_ON = "2025"

MILLION, GB = 1_000_000, 10**9

# /lambda/pricing: arm64
LAMBDA_GB_SECOND = 0.0000133334
LAMBDA_REQUEST = 0.20 / MILLION

# /dynamodb/pricing/on-demand: an item of up to 1 KB written, of up to 4 KB read consistently; a transaction takes two
DYNAMODB_WRITE_UNIT = 0.625 / MILLION
DYNAMODB_READ_UNIT = 0.125 / MILLION
DYNAMODB_GB_MONTH = 0.25 + 0.20  # and its backup for point-in-time recovery

# /sqs/pricing: FIFO queues
SQS_REQUEST = 0.50 / MILLION

# /api-gateway/pricing: REST APIs, the first 333 million
API_REQUEST = 3.50 / MILLION

# /kms/pricing
KMS_KEY_MONTH = 1.00
KMS_REQUEST = 0.03 / 10_000

# /cloudwatch/pricing
LOG_GB = 0.50
LOG_GB_MONTH = 0.03
METRIC_MONTH = 0.30
ALARM_MONTH = 0.10
DASHBOARD_MONTH = 3.00

# /vpc/pricing: a NAT gateway in one zone with its public address, needed only for a fixed address of one's own
NAT_HOUR = 0.045
NAT_GB = 0.045
ADDRESS_HOUR = 0.005
HOURS_A_MONTH = 730
