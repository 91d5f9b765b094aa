module github.com/sacloud/sacloud-sdk-go

go 1.26
